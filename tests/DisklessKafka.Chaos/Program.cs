using DisklessKafka.Chaos;
var options = new ChaosOptions(args.Length > 0 ? int.Parse(args[0]) : 1, TimeSpan.FromSeconds(args.Length > 1 ? int.Parse(args[1]) : 30), 1000, 3, 3, args.Length > 2 ? Backend.Embedded : Backend.Servers);
var result = await ChaosRun.RunAsync(options, Console.WriteLine, default);
foreach (var fault in result.Run.Faults) Console.WriteLine($"{fault.Kind} {fault.Target} {fault.Began / 1000} {fault.Healed / 1000}");
foreach (var failure in result.Run.Failures.Take(20)) Console.WriteLine(failure);
foreach (var anomaly in result.Anomalies.Take(30)) Console.WriteLine(anomaly);
foreach (var e in result.Run.Errors.GroupBy(e => result.Run.Clients[e.Client].Name + ": " + e.Text).OrderByDescending(g => g.Count()).Take(20)) Console.WriteLine($"{e.Count()} {e.Key}");
if (!result.IsClean) foreach (var said in result.Said) if (said.Length > 0) Console.WriteLine("SAID " + said[..Math.Min(3000, said.Length)]);
