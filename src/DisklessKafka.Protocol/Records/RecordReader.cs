using System.Buffers;
using DisklessKafka.Protocol.Records.Codecs;

namespace DisklessKafka.Protocol.Records;

/// <summary>
/// Iterates over the records of one batch, decompressing as it goes. Uncompressed records are read in place;
/// memory otherwise is one chunk and the largest record. For batches that were validated when they came in.
/// </summary>
/// <example><code>
/// using var reader = new RecordReader(batch);
/// while (reader.MoveNext()) Use(reader.Current.Key, reader.Current.Value);
/// </code></example>
public ref struct RecordReader : IDisposable
{
    private readonly Decompressor? _decompressor;
    private readonly ArrayBufferWriter<byte> _scratch = new();
    private ByteSource _source;
    private int _read;

    /// <param name="batch">The whole batch, header included; borrowed until the reader is disposed.</param>
    /// <exception cref="RecordFormatException">The bytes are not one whole batch.</exception>
    /// <exception cref="CompressionUnavailableException">The codec's native library is missing.</exception>
    public RecordReader(in ReadOnlySequence<byte> batch, DecompressionLimits? limits = null)
    {
        if (!BatchHeader.TryRead(batch, out var header) || header.SizeBytes > batch.Length)
            throw new RecordFormatException($"{batch.Length} bytes do not hold a whole batch");
        if (header.Compression > CompressionCodec.Zstd) throw new RecordFormatException($"there is no compression codec {(int)header.Compression}");
        Header = header;
        var records = batch.Slice(BatchHeader.HeaderBytes, header.SizeBytes - BatchHeader.HeaderBytes);
        if (header.Compression == CompressionCodec.None)
        {
            _source = new ByteSource(records);
            return;
        }
        _decompressor = DecompressorPool.Shared.Rent(header.Compression, records, limits ?? DecompressionLimits.Default);
        _source = new ByteSource(_decompressor);
    }

    public BatchHeader Header { get; }

    /// <summary>The record that <see cref="MoveNext"/> moved to.</summary>
    public RecordView Current { get; private set; }

    /// <returns>False behind the last record.</returns>
    /// <exception cref="RecordFormatException">The records end before their number is reached, or are damaged.</exception>
    public bool MoveNext()
    {
        if (_read >= Header.RecordCount) return false;
        if (!_source.TryReadVarint(out var length) || length < 0 || !_source.TryReadBytes(length, _scratch, out var body))
            throw new RecordFormatException($"record {_read} of {Header.RecordCount} is damaged ({_decompressor?.Status ?? DecompressionStatus.Ok})");
        Current = new RecordView(Header, body);
        _read++;
        return true;
    }

    public readonly void Dispose() => _decompressor?.Dispose();
}
