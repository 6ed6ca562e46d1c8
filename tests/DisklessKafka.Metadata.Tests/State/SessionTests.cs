using DisklessKafka.Metadata.Log;
using DisklessKafka.Metadata.State;
using DisklessKafka.Protocol;
using DisklessKafka.Protocol.Metadata;
using Xunit;

namespace DisklessKafka.Metadata.Tests.State;

public sealed class SessionTests
{
    private const long WeekMs = 7L * 24 * 3600 * 1000;

    private static readonly Guid Carol = Guid.Parse("c0000000-0000-4000-8000-000000000000"), Dave = Guid.Parse("d0000000-0000-4000-8000-000000000000");

    private readonly StateDriver _driver = new(new ClusterState { NewestFeatureLevel = 7 });

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
    public void Sessions_get_ordinals_that_are_never_given_again()
    {
        Assert.Equal(1, _driver.Register(StateDriver.Alice));
        Assert.Equal(2, _driver.Register(StateDriver.Bob));
        Assert.Equal(1, _driver.Register(StateDriver.Alice)); // says something new about itself
        _driver.Apply(StateDriver.Alice, Command.Of(new EndSession()));
        Assert.Equal(3, _driver.Register(Carol));
        Assert.Equal([2, 3], _driver.State.View.Agents.All.ToArray().Select(agent => agent.Ordinal));
    }

    [Fact]
    public void A_node_id_belongs_to_an_address()
    {
        Assert.Equal(1, RegisterAt(StateDriver.Alice, "a"));
        Assert.Equal(2, RegisterAt(StateDriver.Bob, "b"));
        _driver.Apply(StateDriver.Alice, Command.Of(new EndSession()));
        Assert.Equal(1, RegisterAt(Carol, "a")); // has come back
        Assert.Equal(4, RegisterAt(Dave, "d")); // is new
        _driver.TimeMs += 30_001;
        Assert.Equal(2, RegisterAt(Guid.NewGuid(), "b")); // after its session died of silence
        Assert.Equal([2], BrokersAt("b"));
    }

    [Fact]
    public void Agents_that_share_an_address_are_one_broker_which_is_listed_while_any_of_them_is()
    {
        RegisterAt(StateDriver.Alice, "a");
        RegisterAt(StateDriver.Bob, "b");
        RegisterAt(Carol, "a"); // Alice was killed, and nobody knows it yet
        Assert.Equal(3, _driver.State.View.Agents.Count);
        Assert.Equal([(1, Carol), (2, StateDriver.Bob)], _driver.State.View.Agents.Brokers.ToArray().Select(broker => (broker.NodeId, broker.Session)));
        RegisterAt(Carol, "a", isListed: false);
        Assert.Equal(StateDriver.Alice, _driver.State.View.Agents.FindBroker(1)!.Session);
        RegisterAt(StateDriver.Alice, "a", isListed: false);
        Assert.Equal((Carol, false), (_driver.State.View.Agents.FindBroker(1)!.Session, _driver.State.View.Agents.FindBroker(1)!.IsListed));
    }

    [Fact]
    public void What_an_agent_says_about_itself_is_there_to_be_read()
    {
        _driver.Register(StateDriver.Alice);
        var agent = _driver.State.View.Agents.Find(1)!;
        Assert.Equal(new AgentInfo(1, 1, StateDriver.Alice, "z", "h", 9092, "", true), agent);
        _driver.Apply(StateDriver.Alice, Command.Of(new RegisterAgent { Zone = "y", Host = "h2", Port = 1, Listed = false, MaxFeatureLevel = 1, Software = "s" }));
        // All but its address, which a session keeps: its node id belongs to it.
        Assert.Equal(new AgentInfo(1, 1, StateDriver.Alice, "y", "h", 9092, "s", false), _driver.State.View.Agents.Find(1));
    }

    [Fact]
    public void A_session_lives_by_its_entries_and_dies_of_silence()
    {
        _driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        _driver.Register(StateDriver.Bob, timeoutMs: 1_000_000);
        _driver.TimeMs += 9_000;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        _driver.TimeMs += 10_000; // exactly its time-out is not too long
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        _driver.TimeMs += 10_001;
        _driver.Apply(StateDriver.Bob, Command.Of(new KeepAlive()));
        Assert.Null(_driver.State.View.Agents.Find(1));
        Assert.Same(RefusedOutcome.SessionEnded, _driver.ApplyAll(StateDriver.Alice, Command.Of(new KeepAlive()))[0]);
    }

    [Fact]
    public void Its_own_late_entry_does_not_save_it()
    {
        _driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        _driver.TimeMs += 10_001;
        Assert.Same(RefusedOutcome.SessionEnded, _driver.ApplyAll(StateDriver.Alice, Command.Of(new KeepAlive()))[0]);
        Assert.Equal(new RegisterAgentOutcome(RegisterAgentStatus.SessionEnded, -1, -1), _driver.Apply(StateDriver.Alice, Command.Of(new RegisterAgent { MaxFeatureLevel = 1 })));
    }

    [Fact]
    public void A_clock_that_goes_back_does_not_take_time_back()
    {
        _driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        _driver.TimeMs += 8_000;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        var time = _driver.State.View.TimeMs;
        _driver.TimeMs -= 100_000;
        _driver.Apply(StateDriver.Alice, Command.Of(new KeepAlive()));
        Assert.Equal(time, _driver.State.View.TimeMs);
    }

    [Fact]
    public void Commands_behind_the_end_of_the_session_in_one_entry_are_refused()
    {
        _driver.Register(StateDriver.Alice);
        var outcomes = _driver.ApplyAll(StateDriver.Alice, Command.Of(new KeepAlive()), Command.Of(new EndSession()), Command.Of(new KeepAlive()));
        Assert.Equal([DoneOutcome.Instance, DoneOutcome.Instance, RefusedOutcome.SessionEnded], outcomes);
    }

    [Fact]
    public void A_dead_session_is_named_as_long_as_it_has_segments_and_forgotten_a_week_later()
    {
        _driver.Register(StateDriver.Bob, int.MaxValue);
        var topic = new Func<Topic>(() => { _driver.Register(StateDriver.Alice); return _driver.CreateTopic("t"); })();
        _driver.Commit(StateDriver.Alice, 0, commit => { commit.BeginPiece(topic.Ordinal, 0, 0); commit.Add(10, 1, 1); });
        _driver.Apply(StateDriver.Alice, Command.Of(new EndSession()));
        Pass(WeekMs + 1);
        Assert.True(_driver.State.View.Agents.TryFindSession(2, out var session));
        Assert.Equal(StateDriver.Alice, session);

        _driver.Apply(StateDriver.Bob, Command.Of(new DeleteTopic { TopicId = topic.Id }));
        Pass(1);
        Assert.True(_driver.State.View.Agents.TryFindSession(2, out _)); // its object is still to be deleted
        _driver.Apply(StateDriver.Bob, Command.Of(new ForgetSegments { Segments = [new ForgetSegments.Segment { Session = 2, Sequence = 0 }] }));
        Pass(1);
        Assert.False(_driver.State.View.Agents.TryFindSession(2, out _));

        void Pass(long ms)
        {
            _driver.TimeMs += ms;
            _driver.Apply(StateDriver.Bob, Command.Of(new KeepAlive()));
        }
    }

    [Fact]
    public void A_job_belongs_to_one_session_until_it_is_released_or_dead()
    {
        _driver.Register(StateDriver.Alice, timeoutMs: 10_000);
        _driver.Register(StateDriver.Bob, timeoutMs: 1_000_000);
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.Claimed, 1), Claim(StateDriver.Alice));
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.Claimed, 1), Claim(StateDriver.Alice));
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.HeldByAnother, 1), Claim(StateDriver.Bob));
        _driver.Apply(StateDriver.Bob, Command.Of(new ReleaseJob { Job = "j" })); // not its to release
        Assert.Equal(ClaimJobStatus.HeldByAnother, Claim(StateDriver.Bob).Status);
        _driver.Apply(StateDriver.Alice, Command.Of(new ReleaseJob { Job = "j" }));
        Assert.Equal(ClaimJobStatus.Claimed, Claim(StateDriver.Bob).Status);
        _driver.Apply(StateDriver.Bob, Command.Of(new ReleaseJob { Job = "j" }));
        Claim(StateDriver.Alice);
        _driver.TimeMs += 10_001;
        Assert.Equal(new ClaimJobOutcome(ClaimJobStatus.Claimed, 2), Claim(StateDriver.Bob));
    }

    [Fact]
    public void The_level_is_raised_when_every_live_agent_knows_it()
    {
        _driver.Register(StateDriver.Alice, maxLevel: 7);
        _driver.Register(StateDriver.Bob, maxLevel: 1);
        Assert.Equal(new RaiseFeatureLevelOutcome(RaiseFeatureLevelStatus.AgentTooOld, 1, 2), Raise(5));
        _driver.Apply(StateDriver.Bob, Command.Of(new EndSession()));
        Assert.Equal(new RaiseFeatureLevelOutcome(RaiseFeatureLevelStatus.Raised, 5, -1), Raise(5));
        Assert.Equal(new RaiseFeatureLevelOutcome(RaiseFeatureLevelStatus.NotARaise, 5, -1), Raise(5));
        Assert.Equal(5, _driver.State.View.FeatureLevel);
        Assert.Equal(-1, _driver.Register(Guid.NewGuid(), maxLevel: 4));
    }

    [Fact]
    public void A_level_that_this_software_does_not_know_stops_it()
    {
        _driver.Register(StateDriver.Alice, maxLevel: 8);
        Assert.Throws<UnknownFeatureLevelException>(() => Raise(8));
    }

    [Fact]
    public void An_entry_of_an_unknown_level_is_not_applied()
    {
        _driver.Register(StateDriver.Alice);
        var before = _driver.State.Hash();
        LogEntry entry = new(new LogCursor(0, 0, 99, 0), 5, StateDriver.Alice, 99, new byte[] { 8, 0 });
        Assert.Throws<UnknownFeatureLevelException>(() => { _driver.State.Apply(entry, false); });
        Assert.Equal(before, _driver.State.Hash());
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
        _driver.Register(StateDriver.Alice);
        LogEntry entry = new(new LogCursor(0, 0, 99, 0), 5, StateDriver.Alice, 99, payload);
        Assert.Throws<CorruptStateException>(() => { _driver.State.Apply(entry, false); });
    }

    private int RegisterAt(Guid session, string host, bool isListed = true) =>
        _driver.Apply(session, Command.Of(new RegisterAgent { Zone = "z", Host = host, Port = 9092, Listed = isListed, SessionTimeoutMs = 30_000, MaxFeatureLevel = 1 })).NodeId;

    private IEnumerable<int> BrokersAt(string host) => _driver.State.View.Agents.Brokers.ToArray().Where(broker => broker.Host == host).Select(broker => broker.NodeId);

    private ClaimJobOutcome Claim(Guid session) => _driver.Apply(session, Command.Of(new ClaimJob { Job = "j" }));

    private RaiseFeatureLevelOutcome Raise(short level) => _driver.Apply(StateDriver.Alice, Command.Of(new RaiseFeatureLevel { Level = level }));
}
