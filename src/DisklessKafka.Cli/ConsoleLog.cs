using System.Collections.Concurrent;
using System.Globalization;
using DisklessKafka.Agent.Options;
using Microsoft.Extensions.Logging;

namespace DisklessKafka.Cli;

/// <summary>Prints log lines to standard error: time, level, where, what. An exception takes one line too, unless details were asked for.</summary>
internal sealed class ConsoleLog(LogDetail detail, TimeProvider time, TextWriter output) : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new();
    private readonly Lock _writing = new();

    private LogDetail Detail => detail;

    public static ILoggerFactory Create(LogDetail detail, TimeProvider time) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LevelOf(detail))
        .AddFilter("Microsoft", LogLevel.Warning)                 // Kestrel tells at Information what this agent tells itself
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // a failed start is told once, by the verb
        .AddProvider(new ConsoleLog(detail, time, Console.Error)));

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name => new Line(this, name[(name.LastIndexOf('.') + 1)..]));

    public void Dispose()
    {
    }

    private static LogLevel LevelOf(LogDetail detail) => detail switch
    {
        LogDetail.Error => LogLevel.Error,
        LogDetail.Warning => LogLevel.Warning,
        LogDetail.Information => LogLevel.Information,
        LogDetail.Debug => LogLevel.Debug,
        _ => throw new ArgumentOutOfRangeException(nameof(detail)),
    };

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var now = time.GetLocalNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var error = exception is null ? "" : detail == LogDetail.Debug ? "\n" + exception : $": {exception.Message.ReplaceLineEndings(" ")}";
        lock (_writing) output.WriteLine($"{now} {Word(level)} {category}: {message}{error}");
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        _ => "error",
    };

    private sealed class Line(ConsoleLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LevelOf(log.Detail);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(logLevel, category, formatter(state, exception), exception);
        }
    }
}
