namespace DisklessKafka.Agent.Options;

/// <summary>The agent was started with options that cannot work. The message is one line that says what to write instead.</summary>
public sealed class OptionException(string message) : Exception(message);
