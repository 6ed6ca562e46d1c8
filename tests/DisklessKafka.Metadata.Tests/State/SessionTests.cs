using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class SessionTests
{
    private const long WeekMs = 7L * 24 * 3600 * 1000;

    private readonly StateDriver driver = new(new ClusterState { NewestFeatureLevel = 7 });

    [Fact]
    public void An_entry_that_comes_twice_counts_once()
    {
        var driver = StateDriver.WithAlice();
        var init = Command.Of(new InitTransactions { TransactionalId = new TransactionalId("tx"), TimeoutMs = 60_000, ProducerId = new ProducerId(-1), Epoch = -1 });
        var entry = driver.Next(StateDriver.Alice, init);
        Assert.IsType<InitTransactionsOutcome>(driver.State.Apply(entry, wantOutcomes: true).Outcomes![0]);
        var later = driver.Next(StateDriver.Alice, Command.Of(new KeepAlive()));
        driver.State.Apply(later, wantOutcomes: false);
        var again = entry with { Cursor = new LogCursor(0, 0, later.Cursor.Minor + 1, entry.Cursor.Hash) };
        Assert.IsNotType<InitTransactionsOutcome>(driver.State.Apply(again, wantOutcomes: true).Outcomes![0]);
        Assert.Equal(0, driver.State.FindTransaction(new TransactionalId("tx"))!.Epoch);
        Assert.IsType<InitTransactionsOutcome>(driver.Apply(StateDriver.Alice, init)); // a new one of the same session is none
        Assert.Equal(1, driver.State.FindTransaction(new TransactionalId("tx"))!.Epoch);
    }

    [Fact]
    public void Agents_get_node_ids_that_are_never_given_again()
    {
        Assert.Equal(1, driver.Register(StateDriver.Alice));
        Assert.Equal(2, driver.Register(StateDriver.Bob));
        Assert.Equal(1, driver.Register(StateDriver.Alice)); // says something new about itself
        driver.Apply(StateDriver.Alice, Command.Of(new EndSession()));
        Assert.Equal(3, driver.Register(Guid.Parse("c0000000-0000-4000-8000-000000000000")));
        Assert.Equal([2, 3], driver.State.View.Agents.All.ToArray().Select(agent => agent.NodeId));
    }

    [Fact]
    public void What_an_agent_says_about_itself_is_there_to_be_read()
    {
        driver.Register(StateDriver.Alice);
        var agent = driver.State.View.Agents.Find(1)!;
        Assert.Equal(new AgentInfo(1, StateDriver.Alice, "z", "h", 9092, "", true), agent);
        driver.Apply(StateDriver.Alice, Command.Of(new RegisterAgent { Zone = "z", Host = "h2", Port = 1, Listed = false, MaxFeatureLevel = 1, Software = "s" }));
        Assert.Equal(new AgentInfo(1, StateDriver.Alice, "z", "h2", 1, "s", false), driver.State.View.Agents.Find(1));
    }

    [Fact]
    public void A_session_lives_by_its_entries_and_dies_of_silence()
    {
        driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        driver.Register(StateDriver.Bob, timeoutMs: 1_000_000);
        driver.TimeMs += 9_000;
        driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        driver.TimeMs += 10_000; // exactly its time-out is not too long
        driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        driver.TimeMs += 10_001;
        driver.Apply(StateDriver.Bob, Command.Of(new KeepAlive()));
        Assert.Null(driver.State.View.Agents.Find(1));
        Assert.Same(RefusedOutcome.SessionEnded, driver.ApplyAll(StateDriver.Alice, Command.Of(new KeepAlive()))[0]);
    }

    [Fact]
    public void Its_own_late_entry_does_not_save_it()
    {
        driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        driver.TimeMs += 10_001;
        Assert.Same(RefusedOutcome.SessionEnded, driver.ApplyAll(StateDriver.Alice, Command.Of(new KeepAlive()))[0]);
        Assert.Equal(new RegisterAgentOutcome(RegisterAgentStatus.SessionEnded, -1), driver.Apply(StateDriver.Alice, Command.Of(new RegisterAgent { MaxFeatureLevel = 1 })));
    }

    [Fact]
    public void A_clock_that_goes_back_does_not_take_time_back()
    {
        driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        driver.TimeMs += 8_000;
        driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        var time = driver.State.View.TimeMs;
        driver.TimeMs -= 100_000;
        driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        Assert.Equal(time, driver.State.View.TimeMs);
    }

    [Fact]
    public void Commands_behind_the_end_of_the_session_in_one_entry_are_refused()
    {
        driver.Register(StateDriver.Alice);
        var outcomes = driver.ApplyAll(StateDriver.Alice, Command.Of(new KeepAlive()), Command.Of(new EndSession()), Command.Of(new KeepAlive()));
        Assert.Equal([DoneOutcome.Instance, DoneOutcome.Instance, RefusedOutcome.SessionEnded], outcomes);
    }

    [Fact]
    public void A_dead_session_is_named_as_long_as_it_has_segments_and_forgotten_a_week_later()
    {
        driver.Register(StateDriver.Bob, int.MaxValue);
        var topic = new Func<Topic>(() => { driver.Register(StateDriver.Alice); return driver.CreateTopic("t"); })();
        driver.Commit(StateDriver.Alice, 0, commit => { commit.BeginPiece(topic.Ordinal, 0, 0); commit.Add(10, 1, 1); });
        driver.Apply(StateDriver.Alice, Command.Of(new EndSession()));
        Pass(WeekMs + 1);
        Assert.True(driver.State.View.Agents.TryFindSession(2, out var session));
        Assert.Equal(StateDriver.Alice, session);

        driver.Apply(StateDriver.Bob, Command.Of(new DeleteTopic { TopicId = topic.Id }));
        Pass(1);
        Assert.True(driver.State.View.Agents.TryFindSession(2, out _)); // its object is still to be deleted
        driver.Apply(StateDriver.Bob, Command.Of(new ForgetSegments { Segments = [new ForgetSegments.Segment { Session = 2, Sequence = 0 }] }));
        Pass(1);
        Assert.False(driver.State.View.Agents.TryFindSession(2, out _));

        void Pass(long ms)
        {
            driver.TimeMs += ms;
            driver.Apply(StateDriver.Bob, Command.Of(new KeepAlive()));
        }
    }

    [Fact]
    public void A_job_belongs_to_one_session_until_it_is_released_or_dead()
    {
        driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        driver.Register(StateDriver.Bob, timeoutMs: 1_000_000);
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.Claimed, 1), Claim(StateDriver.Alice));
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.Claimed, 1), Claim(StateDriver.Alice));
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.HeldByAnother, 1), Claim(StateDriver.Bob));
        driver.Apply(StateDriver.Bob, Command.Of(new ReleaseJob { Job = "j" })); // not its to release
        Assert.Equal(ClaimJobStatus.HeldByAnother, Claim(StateDriver.Bob).Status);
        driver.Apply(StateDriver.Alice, Command.Of(new ReleaseJob { Job = "j" }));
        Assert.Equal(ClaimJobStatus.Claimed, Claim(StateDriver.Bob).Status);
        driver.Apply(StateDriver.Bob, Command.Of(new ReleaseJob { Job = "j" }));
        Claim(StateDriver.Alice);
        driver.TimeMs += 10_001;
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.Claimed, 2), Claim(StateDriver.Bob));
    }

    [Fact]
    public void The_level_is_raised_when_every_live_agent_knows_it()
    {
        driver.Register(StateDriver.Alice, maxLevel: 7);
        driver.Register(StateDriver.Bob, maxLevel: 1);
        Assert.Equal(new RaiseFeatureLevelOutcome(RaiseFeatureLevelStatus.AgentTooOld, 1, 2), Raise(5));
        driver.Apply(StateDriver.Bob, Command.Of(new EndSession()));
        Assert.Equal(new RaiseFeatureLevelOutcome(RaiseFeatureLevelStatus.Raised, 5, -1), Raise(5));
        Assert.Equal(new RaiseFeatureLevelOutcome(RaiseFeatureLevelStatus.NotARaise, 5, -1), Raise(5));
        Assert.Equal(5, driver.State.View.FeatureLevel);
        Assert.Equal(-1, driver.Register(Guid.NewGuid(), maxLevel: 4));
    }

    [Fact]
    public void A_level_that_this_software_does_not_know_stops_it()
    {
        driver.Register(StateDriver.Alice, maxLevel: 8);
        Assert.Throws<UnknownFeatureLevelException>(() => Raise(8));
    }

    [Fact]
    public void An_entry_of_an_unknown_level_is_not_applied()
    {
        driver.Register(StateDriver.Alice);
        var before = driver.State.Hash();
        LogEntry entry = new(new LogCursor(0, 0, 99, 0), 5, StateDriver.Alice, 99, new byte[] { 8, 0 });
        Assert.Throws<UnknownFeatureLevelException>(() => { driver.State.Apply(entry, false); });
        Assert.Equal(before, driver.State.Hash());
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 1 })]
    [InlineData(new byte[] { 1, 1, 2, 0, 5 })]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 1, 1, 99, 0, 1, 0 })]
    [InlineData(new byte[] { 1, 1, 10, 9, 1, 0 })]
    public void Bytes_that_are_no_entry_are_called_so(byte[] payload)
    {
        driver.Register(StateDriver.Alice);
        LogEntry entry = new(new LogCursor(0, 0, 99, 0), 5, StateDriver.Alice, 99, payload);
        Assert.Throws<CorruptStateException>(() => { driver.State.Apply(entry, false); });
    }

    private ClaimJobOutcome Claim(Guid session) => driver.Apply(session, Command.Of(new ClaimJob { Job = "j" }));

    private RaiseFeatureLevelOutcome Raise(short level) => driver.Apply(StateDriver.Alice, Command.Of(new RaiseFeatureLevel { Level = level }));
}
