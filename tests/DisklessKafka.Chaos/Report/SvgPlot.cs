using System.Globalization;
using System.Net;
using System.Text;

namespace DisklessKafka.Chaos.Report;

/// <summary>Draws a plot as a picture that needs nothing but itself.</summary>
internal static class SvgPlot
{
    private const double Width = 1100, Height = 190, Left = 62, Right = 12, Top = 34, Bottom = 22;
    private static readonly double[] Mantissas = [1, 2, 5];
    private static readonly string[] Colours = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df"];

    public static string Draw(Plot plot)
    {
        var scale = Scale.Of(plot);
        var svg = new StringBuilder();
        svg.Append(Text($"""<svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Escape(plot.Title)}" xmlns="http://www.w3.org/2000/svg">"""));
        foreach (var band in plot.Bands)
            svg.Append(Text($"""<rect class="fault" x="{scale.X(band.From):0.#}" y="{Top}" width="{Math.Max(1, scale.X(band.To) - scale.X(band.From)):0.#}" height="{Height - Top - Bottom}"><title>{Escape(band.Name)}</title></rect><text class="number" x="{scale.X(band.From):0.#}" y="{Top - 1}">{Escape(band.Mark)}</text>"""));
        foreach (var mark in scale.Marks())
            svg.Append(Text($"""<line class="grid" x1="{Left}" x2="{Width - Right}" y1="{scale.Y(mark):0.#}" y2="{scale.Y(mark):0.#}"/><text class="mark" x="{Left - 6}" y="{scale.Y(mark) + 4:0.#}" text-anchor="end">{mark:0.###}</text>"""));
        for (var second = 0; second <= plot.Seconds; second += StepOf(plot.Seconds))
            svg.Append(Text($"""<text class="mark" x="{scale.X(second):0.#}" y="{Height - 6}" text-anchor="middle">{second} s</text>"""));
        for (var i = 0; i < plot.Lines.Count; i++)
            svg.Append(Text($"""<path fill="none" stroke="{Colours[i % Colours.Length]}" stroke-width="1.4" d="{PathOf(plot.Lines[i], scale)}"/>"""));
        AppendLegend(svg, plot);
        return svg.Append("</svg>").ToString();
    }

    private static void AppendLegend(StringBuilder svg, Plot plot)
    {
        svg.Append(Text($"""<text class="title" x="{Left}" y="16">{Escape(plot.Title)} ({Escape(plot.Unit)})</text>"""));
        var x = Width - Right;
        for (var i = plot.Lines.Count - 1; i >= 0; i--)
        {
            svg.Append(Text($"""<text class="mark" x="{x:0.#}" y="16" text-anchor="end" style="fill:{Colours[i % Colours.Length]}">{Escape(plot.Lines[i].Name)}</text>"""));
            x -= 18 + (plot.Lines[i].Name.Length * 7);
        }
    }

    private static string PathOf(PlotLine line, Scale scale)
    {
        var path = new StringBuilder();
        var isDrawing = false;
        for (var second = 0; second < line.Values.Length; second++)
        {
            if (double.IsNaN(line.Values[second]))
            {
                isDrawing = false;
                continue;
            }

            path.Append(Text($"{(isDrawing ? 'L' : 'M')}{scale.X(second):0.#} {scale.Y(line.Values[second]):0.#}"));
            isDrawing = true;
        }

        return path.ToString();
    }

    private static int StepOf(int seconds) => seconds switch { <= 120 => 10, <= 600 => 60, _ => 300 };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Where seconds and values lie in the picture.</summary>
    private sealed record Scale(double Seconds, double Least, double Most, bool IsLogarithmic)
    {
        public static Scale Of(Plot plot)
        {
            double[] values = [.. plot.Lines.SelectMany(line => line.Values).Where(value => !double.IsNaN(value) && (value > 0 || !plot.IsLogarithmic))];
            var most = values.DefaultIfEmpty(1).Max() is > 0 and var highest ? highest : 1;
            if (!plot.IsLogarithmic)
                return new(Math.Max(1, plot.Seconds), 0, Math.Ceiling(most / StepOf(most)) * StepOf(most), false);
            var least = Math.Min(values.DefaultIfEmpty(1).Min(), most / 10);
            return new(Math.Max(1, plot.Seconds), Decade(least), most, true);
        }

        public double X(double second) => Left + (second / Seconds * (Width - Left - Right));

        public double Y(double value)
        {
            var share = IsLogarithmic ? Math.Log(Math.Max(value, Least) / Least) / Math.Log(Most / Least) : value / Most;
            return Height - Bottom - (share * (Height - Top - Bottom));
        }

        public IEnumerable<double> Marks() => IsLogarithmic
            ? Enumerable.Range(0, 20).SelectMany(power => Mantissas.Select(mantissa => Least * mantissa * Math.Pow(10, power))).TakeWhile(mark => mark <= Most)
            : Enumerable.Range(0, 1 + (int)Math.Round(Most / StepOf(Most))).Select(step => step * StepOf(Most));

        /// <summary>1, 2 or 5 times a power of ten, so that about four marks make up the whole.</summary>
        private static double StepOf(double most)
        {
            var decade = Decade(most / 4);
            return Mantissas.Select(mantissa => mantissa * decade).Append(10 * decade).First(step => most / step <= 4.5);
        }

        private static double Decade(double value) => Math.Pow(10, Math.Floor(Math.Log10(value)));
    }
}
