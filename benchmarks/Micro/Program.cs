using BenchmarkDotNet.Running;
using DisklessKafka.Micro;
using DisklessKafka.Micro.FrontEnd;

// Whole-process measurements have names of their own; everything else is BenchmarkDotNet's.
switch (args)
{
    case ["front-end", .. var rest]: return await FrontEndThroughput.RunAsync(rest);
    case ["front-end-load", .. var rest]: return await FrontEndLoad.RunAsync(rest);
    case ["state-size", .. var rest]: return await StateSizeReport.RunAsync(rest);
    case ["group-size", .. var rest]: return await GroupSizeReport.RunAsync(rest);
    case ["fill", .. var rest]: return await FillReport.ExtentsAsync(rest);
    case ["fill-groups", .. var rest]: return await FillReport.GroupsAsync(rest);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
