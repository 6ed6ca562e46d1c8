using DisklessKafka.Chaos.Faults;
using Xunit;

namespace DisklessKafka.Chaos.Tests;

public sealed class FaultPlanTests
{
    private static readonly TimeSpan Session = TimeSpan.FromSeconds(10);

    [Fact]
    public void The_same_seed_makes_the_same_plan() => Assert.Equal(Plan(7), Plan(7));

    [Fact]
    public void Another_seed_makes_another_plan() => Assert.NotEqual(Plan(7), Plan(8));

    [Fact]
    public void Ten_minutes_see_every_kind_of_fault_and_forty_in_all()
    {
        var plan = Plan(1);
        Assert.Equal(FaultPlan.OnServers.Distinct().Order(), plan.Select(fault => fault.Kind).Distinct().Order());
        Assert.True(plan.Count > 40, $"only {plan.Count} faults");
    }

    [Fact]
    public void No_more_faults_are_planned_than_wanted_and_none_behind_the_time()
    {
        var plan = FaultPlan.Make(new Random(1), FaultPlan.OnServers, Session, TimeSpan.FromMinutes(1), atMost: 3);
        Assert.Equal(3, plan.Count);
        Assert.All(Plan(3), fault => Assert.True(fault.At < TimeSpan.FromMinutes(10) + Session));
    }

    [Fact]
    public void A_pause_is_longer_than_the_session() =>
        Assert.All(Plan(2).Where(fault => fault.Kind == FaultKind.PauseAgent), fault => Assert.True(fault.Lasts > Session));

    private static IReadOnlyList<PlannedFault> Plan(int seed) => FaultPlan.Make(new Random(seed), FaultPlan.OnServers, Session, TimeSpan.FromMinutes(10), int.MaxValue);
}
