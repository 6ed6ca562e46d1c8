namespace DisklessKafka.Protocol;

// Kafka's own kinds of values, as types of their own.
public ref partial struct WireReader
{
    public ErrorCode ReadErrorCode() => (ErrorCode)ReadInt16();

    public TopicId ReadTopicId() => new(ReadUuid());

    public ProducerId ReadProducerId() => new(ReadInt64());

    public TopicName ReadTopicName(bool flexible) => new(ReadString(flexible));

    public TopicName? ReadNullableTopicName(bool flexible) => ReadNullableString(flexible) is { } name ? new TopicName(name) : null;

    public GroupId ReadGroupId(bool flexible) => new(ReadString(flexible));

    public GroupId? ReadNullableGroupId(bool flexible) => ReadNullableString(flexible) is { } id ? new GroupId(id) : null;

    public TransactionalId ReadTransactionalId(bool flexible) => new(ReadString(flexible));

    public TransactionalId? ReadNullableTransactionalId(bool flexible) => ReadNullableString(flexible) is { } id ? new TransactionalId(id) : null;
}
