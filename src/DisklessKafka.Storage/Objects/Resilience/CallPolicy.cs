using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace DisklessKafka.Storage.Objects.Resilience;

/// <summary>
/// Retries around a circuit breaker around a time-out around a measured try, for one kind of call. Each kind has its own
/// breaker: throttled deletes must not stop writes. Time and chance are those given, so that a seed repeats a run.
/// </summary>
internal sealed class CallPolicy
{
    private readonly ObjectStoreOperation _operation;
    private readonly ObjectStoreMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;

    /// <param name="chance">From 0 to below 1; called from any thread.</param>
    public CallPolicy(
        ObjectStoreOperation operation, TimeSpan timeout, ResilienceOptions options, TimeProvider time, Func<double> chance, ObjectStoreMetrics metrics)
    {
        (_operation, _metrics, _time) = (operation, metrics, time);
        var mayPass = new PredicateBuilder()
            .Handle<ObjectStoreException>(error => error.IsTransient)
            .Handle<TimeoutRejectedException>();
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = new SteadyTime(time) }
            .AddRetry(Retry(options, chance))
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = mayPass,
                FailureRatio = options.BreakerFailureShare,
                MinimumThroughput = options.BreakerMinimumTries,
                SamplingDuration = options.BreakerWindow,
                BreakDuration = options.BreakerPause,
                // No OnOpened here: Polly runs it on the thread pool and waits for it, whatever scheduler this runs on.
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = timeout })
            .Build();
    }

    /// <param name="call">One try. It must end soon after its token is cancelled: nobody goes on without it.</param>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellation)
    {
        // The captured context is the scheduler that everything here runs on.
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, cancellation);
        try
        {
            return await _pipeline.ExecuteAsync(static (context, our) => our.Policy.TryAsync(our.Call, context.CancellationToken), context, (Policy: this, Call: call));
        }
        catch (TimeoutRejectedException error)
        {
            throw new ObjectStoreException($"the object store has not answered within {error.Timeout.TotalSeconds:0.###} s", isTransient: true, error);
        }
        catch (BrokenCircuitException error)
        {
            _metrics.Withheld(_operation);
            throw new ObjectStoreException(
                $"the object store is left alone for a moment, nearly all calls failed lately: {error.InnerException?.Message}", isTransient: true, error);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private RetryStrategyOptions Retry(ResilienceOptions options, Func<double> chance) => new()
    {
        ShouldHandle = new PredicateBuilder()
            .Handle<ObjectStoreException>(error => error.IsTransient)
            .Handle<TimeoutRejectedException>()
            .Handle<BrokenCircuitException>(),
        MaxRetryAttempts = options.Retries,
        Delay = options.RetryDelay,
        MaxDelay = options.MaxRetryDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        Randomizer = chance,
        OnRetry = failed =>
        {
            if (failed.Outcome.Exception is BrokenCircuitException)
                _metrics.Withheld(_operation);
            else
                _metrics.Retried(_operation);
            return default;
        },
    };

    private async ValueTask<T> TryAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellation)
    {
        var begun = _time.GetTimestamp();
        var outcome = "ok";
        try
        {
            var result = await call(cancellation);
            if (result is null) outcome = "not_found";  // only reads can answer that
            return result;
        }
        catch (Exception error)
        {
            outcome = ObjectStoreMetrics.OutcomeOf(error);
            throw;
        }
        finally
        {
            _metrics.Tried(_operation, outcome, _time.GetElapsedTime(begun));
        }
    }
}
