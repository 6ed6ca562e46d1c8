namespace DisklessKafka.Chaos.Report;

/// <summary>Lines over the seconds of a run, with the faults behind them.</summary>
/// <param name="IsLogarithmic">Values below the least positive one are drawn at the bottom.</param>
internal sealed record Plot(string Title, string Unit, IReadOnlyList<PlotLine> Lines, IReadOnlyList<PlotBand> Bands, int Seconds, bool IsLogarithmic = false);

/// <param name="Values">One a second from the start on; NaN where there is none.</param>
internal sealed record PlotLine(string Name, double[] Values);

/// <summary>From when to when, in seconds.</summary>
/// <param name="Mark">Written above it, short.</param>
internal sealed record PlotBand(double From, double To, string Name, string Mark = "");
