using DisklessKafka.Simulation.Running;

return SimulationVerb.Run(args, Console.Out, Console.Error);
