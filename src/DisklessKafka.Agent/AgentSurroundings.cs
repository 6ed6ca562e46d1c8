using System.Diagnostics.Metrics;
using DisklessKafka.Metadata.Log;
using DisklessKafka.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Agent;

/// <summary>Everything outside an agent that it works with; whoever composes the agent owns all of it.</summary>
/// <param name="Random">Drawn from while the agent is put together: every part gets a generator of its own.</param>
public sealed record AgentSurroundings(IObjectStore Objects, IMetadataLog Log, TimeProvider Time, Random Random, Meter Meter, ILoggerFactory Loggers);
