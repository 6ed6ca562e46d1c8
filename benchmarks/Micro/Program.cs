using BenchmarkDotNet.Running;
using DisklessKafka.Micro;

if (args is ["state-size", ..])
    await StateSizeReport.RunAsync(args.Skip(1).Select(int.Parse).ToArray());
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
