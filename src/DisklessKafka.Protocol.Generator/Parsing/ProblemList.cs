using DisklessKafka.Protocol.Generator.Model;

namespace DisklessKafka.Protocol.Generator.Parsing;

/// <summary>Collects what is wrong in one file.</summary>
internal sealed class ProblemList(string path)
{
    private readonly List<Problem> _problems = [];

    public IEnumerable<Problem> All => _problems;

    public bool Any => _problems.Count > 0;

    public void Add(Place place, string text) => _problems.Add(new Problem(text, path, place));
}
