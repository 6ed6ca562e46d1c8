using System.Text.RegularExpressions;

namespace DisklessKafka.Agent.Options;

/// <summary>Makes store addresses fit to print: passwords and keys become ***.</summary>
public static partial class Secrets
{
    public static string Redact(string address)
    {
        address = UserInfo().Replace(address, "$1***@");
        return Parameters().Replace(address, "$1=***");
    }

    [GeneratedRegex(@"(://[^:@/\s]*:)[^\s]*@", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(accessKey|secretKey|sessionToken|password|passfile|pwd|token)\s*=\s*[^&;]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Parameters();
}
