using DisklessKafka.Cli;

return await CommandLine.RunAsync(args);
