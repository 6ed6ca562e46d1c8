using System.Diagnostics;
using System.Globalization;

namespace DisklessKafka.Simulation.Running;

/// <summary>The command line: runs seeds, prints a line for each, and the evidence where one fails.</summary>
internal static class SimulationVerb
{
    private const int MaxFailuresShown = 5; // of one seed: the first are the most telling

    private const string Help = """
        Runs whole clusters under faults, each from a seed, in a time of their own.

          dotnet run -c Release --project tests/DisklessKafka.Simulation -- [options]

          --seeds N      how many seeds (default 10)
          --first S      the first of them (default 1)
          --minutes M    for how long things are broken, of simulated time (default 10)
          --jobs J       seeds at a time (default one a processor; one with --stop or --trace)
          --stop         ends at the first seed that fails
          --trace        prints everything that happens
          --help         prints this

        One line a seed: SEED HASH SIMULATED-SECONDS FAULTS OPERATIONS, and FAILED with what was seen. A seed is all that
        it takes to see the same again. Exit code 1 if any seed failed.
        """;

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (!TryParse(arguments, out var options, out var problem))
        {
            errors.WriteLine($"{problem}; see --help");
            return 2;
        }

        if (options.IsHelp)
        {
            output.WriteLine(Help);
            return 0;
        }

        return RunSeeds(options, output);
    }

    private static int RunSeeds(Options options, TextWriter output)
    {
        var started = Stopwatch.GetTimestamp();
        var gate = new Lock();
        var (clean, failed, simulated, steps) = (0, 0, TimeSpan.Zero, 0L);
        var next = options.First - 1;
        var workers = Enumerable.Range(0, options.JobsOrDefault).Select(_ => new Thread(Work, 16 << 20)).ToList();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        var elapsed = Stopwatch.GetElapsedTime(started);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{clean} clean, {failed} failed; {simulated.TotalSeconds:0} simulated seconds in {elapsed.TotalSeconds:0.0} s, {simulated / elapsed:0} times as fast; {steps / elapsed.TotalSeconds:0} steps/s"));
        return failed == 0 ? 0 : 1;

        void Work()
        {
            while (Interlocked.Increment(ref next) is var seed && seed < options.First + options.Seeds)
            {
                if (options.StopsAtFirst && Volatile.Read(ref failed) > 0) return;
                var result = SimulationRun.Run(seed, TimeSpan.FromMinutes(options.Minutes), options.IsTrace ? output : null);
                lock (gate)
                {
                    output.WriteLine(result);
                    foreach (var failure in result.Failures.Take(MaxFailuresShown)) output.WriteLine($"  {failure}");
                    if (result.Failures.Count > MaxFailuresShown) output.WriteLine($"  and {result.Failures.Count - MaxFailuresShown} more");
                    if (result.IsClean) clean++;
                    else failed++;
                    simulated += result.Simulated;
                    steps += result.Steps;
                }
            }
        }
    }

    private static bool TryParse(string[] arguments, out Options options, out string problem)
    {
        options = new Options();
        problem = "";
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name is "--help" or "-h") options = options with { IsHelp = true };
            else if (name == "--trace") options = options with { IsTrace = true };
            else if (name == "--stop") options = options with { StopsAtFirst = true };
            else if (name is "--seeds" or "--first" or "--minutes" or "--jobs")
            {
                if (++i == arguments.Length || !int.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                {
                    problem = $"{name} wants a number";
                    return false;
                }

                options = name switch
                {
                    "--seeds" => options with { Seeds = value },
                    "--first" => options with { First = value },
                    "--minutes" => options with { Minutes = value },
                    _ => options with { Jobs = value },
                };
            }
            else
            {
                problem = $"there is no option {name}";
                return false;
            }
        }

        return true;
    }

    private sealed record Options
    {
        public int Seeds { get; init; } = 10;
        public int First { get; init; } = 1;
        public int Minutes { get; init; } = 10;
        public int Jobs { get; init; } // 0: as many as are of use
        public bool IsTrace { get; init; }
        public bool StopsAtFirst { get; init; }
        public bool IsHelp { get; init; }
        public int JobsOrDefault => Jobs > 0 ? Jobs : IsTrace || StopsAtFirst ? 1 : Environment.ProcessorCount;
    }
}
