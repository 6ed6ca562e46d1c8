namespace DisklessKafka.Protocol;

// Kafka's own kinds of values, as types of their own.
public ref partial struct WireWriter
{
    public void WriteErrorCode(ErrorCode value) => WriteInt16((short)value);

    public void WriteTopicId(TopicId value) => WriteUuid(value.Value);

    public void WriteProducerId(ProducerId value) => WriteInt64(value.Value);

    public void WriteTopicName(TopicName value, bool flexible) => WriteString(value.Value, flexible);

    public void WriteNullableTopicName(TopicName? value, bool flexible) => WriteNullableString(value?.Value, flexible);

    public void WriteGroupId(GroupId value, bool flexible) => WriteString(value.Value, flexible);

    public void WriteNullableGroupId(GroupId? value, bool flexible) => WriteNullableString(value?.Value, flexible);

    public void WriteTransactionalId(TransactionalId value, bool flexible) => WriteString(value.Value, flexible);

    public void WriteNullableTransactionalId(TransactionalId? value, bool flexible) => WriteNullableString(value?.Value, flexible);
}
