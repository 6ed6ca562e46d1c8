using System.Buffers;

namespace DisklessKafka.Protocol;

/// <summary>Outbound records. The length is asked first and stands on the wire in front, so both must agree.</summary>
public interface IRecordsPayload
{
    /// <summary>In bytes.</summary>
    int Length { get; }

    /// <summary>Writes exactly <see cref="Length"/> bytes.</summary>
    void WriteTo(IBufferWriter<byte> target);
}
