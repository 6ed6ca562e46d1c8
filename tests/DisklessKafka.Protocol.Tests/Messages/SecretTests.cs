using DisklessKafka.Protocol.Messages;

namespace DisklessKafka.Protocol.Tests.Messages;

public sealed class SecretTests
{
    private const string Secret = "correct horse";

    [Fact]
    public void Passwords_and_tokens_are_never_printed()
    {
        byte[] secret = [.. "correct horse"u8];
        object[] messages =
        [
            new SaslAuthenticateRequest { AuthBytes = secret },
            new SaslAuthenticateResponse { AuthBytes = secret },
            new CreateDelegationTokenResponse { Hmac = secret },
            new RenewDelegationTokenRequest { Hmac = secret },
            new ExpireDelegationTokenRequest { Hmac = secret },
            new DescribeDelegationTokenResponse { Tokens = [new() { Hmac = secret }] },
            new AlterUserScramCredentialsRequest { Upsertions = [new() { Salt = secret, SaltedPassword = secret }] },
            new AlterConfigsRequest { Resources = [new() { Configs = [new() { Name = "sasl.jaas.config", Value = Secret }] }] },
            new IncrementalAlterConfigsRequest { Resources = [new() { Configs = [new() { Name = "sasl.jaas.config", Value = Secret }] }] },
            new DescribeConfigsResponse { Results = [new() { Configs = [new() { Value = Secret, Synonyms = [new() { Value = Secret }] }] }] },
        ];
        foreach (var message in messages)
        {
            var text = message.ToString()!;
            Assert.Contains("(secret)", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain($"[{secret.Length} bytes]", text, StringComparison.Ordinal);   // not even how long it is
        }
    }

    [Fact]
    public void Messages_print_in_one_bounded_line()
    {
        var request = new MetadataRequest { Topics = [.. Enumerable.Range(0, 1000).Select(i => new MetadataRequest.MetadataRequestTopic { Name = new TopicName(new string('t', 200)) })] };
        var text = request.ToString();
        Assert.StartsWith("MetadataRequest { Topics=[MetadataRequestTopic {", text, StringComparison.Ordinal);
        Assert.Contains("… 992 more", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 1000, 3000);
    }
}
