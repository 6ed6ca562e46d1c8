// kafkajs, unmodified. Its consumer needs a group, so reading goes through the same library's cluster and broker objects.
import { fromBase64, load, runSteps, toBase64 } from './steps.mjs'

const { Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, Partitioners, logLevel } = (await load('kafkajs')).default
const { lz4Compress, lz4Decompress, snappyCompress, snappyDecompress } = await load('@platformatic/wasm-utils')

// kafkajs brings gzip; the others are the user's to plug in.
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const unsnap = bytes => {
  if (!bytes.subarray(0, 8).equals(xerialMagic)) return snappyDecompress(bytes)
  const blocks = []
  for (let at = 16; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    blocks.push(snappyDecompress(bytes.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return Buffer.concat(blocks)
}
CompressionCodecs[CompressionTypes.Snappy] = () => ({ compress: async encoder => Buffer.from(snappyCompress(encoder.buffer)), decompress: async bytes => unsnap(bytes) })
CompressionCodecs[CompressionTypes.LZ4] = () => ({ compress: async encoder => Buffer.from(lz4Compress(encoder.buffer)), decompress: async bytes => Buffer.from(lz4Decompress(bytes)) })

const compressionTypes = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4 }

await runSteps(async bootstrap => {
  const kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 5 } })
  const createCluster = kafka[Object.getOwnPropertySymbols(kafka).find(symbol => symbol.description === 'private:Kafka:createCluster')]
  const admin = kafka.admin()
  await admin.connect()

  const entries = headers => Object.entries(headers ?? {}).flatMap(([name, value]) => [value].flat().map(each => [name, toBase64(each)]))

  return {
    async produce ({ topic, partition, compression, idempotent, records }) {
      const producer = kafka.producer({ idempotent, maxInFlightRequests: idempotent ? 1 : null, createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      const [result] = await producer.send({
        topic,
        acks: -1,
        compression: compressionTypes[compression],
        messages: records.map(({ key, value, headers, timestamp }) => ({
          partition,
          key: fromBase64(key),
          value: fromBase64(value),
          timestamp: String(timestamp),
          headers: Object.fromEntries(headers.map(([name, bytes]) => [name, fromBase64(bytes)]))
        }))
      })
      await producer.disconnect()
      return { baseOffset: Number(result.baseOffset) }
    },

    async transact ({ topic, transactionalId, transactions }) {
      const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId, createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      for (const { value, commit } of transactions) {
        const transaction = await producer.transaction()
        await transaction.send({ topic, acks: -1, messages: [{ partition: 0, value }] })
        await (commit ? transaction.commit() : transaction.abort())
      }
      await producer.disconnect()
    },

    async consume ({ topic, partition, offset, timestamp, count }) {
      if (timestamp != null) {
        const found = await admin.fetchTopicOffsetsByTimestamp(topic, timestamp)
        offset = Number(found.find(each => each.partition === partition).offset)
      }
      const cluster = createCluster({})
      await cluster.connect()
      await cluster.addTargetTopic(topic)
      const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
      const broker = await cluster.findBroker({ nodeId })
      const records = []
      while (records.length < count) {
        const { responses } = await broker.fetch({
          maxWaitTime: 500,
          minBytes: 1,
          topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: 1 << 20 }] }]
        })
        for (const message of responses[0].partitions[0].messages) {
          if (Number(message.offset) < offset) continue
          offset = Number(message.offset) + 1
          records.push({
            offset: Number(message.offset),
            key: toBase64(message.key),
            value: toBase64(message.value),
            timestamp: Number(message.timestamp),
            headers: entries(message.headers)
          })
        }
      }
      await cluster.disconnect()
      return { records: records.slice(0, count) }
    },

    async consumeInGroup ({ topic, group, count }) {
      const consumer = kafka.consumer({ groupId: group, sessionTimeout: 10_000, rebalanceTimeout: 10_000 })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      const values = []
      await new Promise((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
        consumer.run({ eachMessage: async ({ message }) => { if (values.push(message.value.toString()) === count) resolve() } }).catch(reject)
      })
      await consumer.disconnect() // after the batch that runs, whose offsets are committed at its end
      return { values }
    },

    async createTopic ({ topic, partitions, configs }) {
      const configEntries = Object.entries(configs ?? {}).map(([name, value]) => ({ name, value }))
      const created = await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }] })
      if (!created) throw Object.assign(new Error('the topic exists'), { type: 'TOPIC_ALREADY_EXISTS' }) // kafkajs answers false
    },

    createPartitions: async ({ topic, count }) => void (await admin.createPartitions({ topicPartitions: [{ topic, count }] })),

    async countPartitions ({ topic }) {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return { partitions: topics[0].partitions.length }
    },

    async describeConfigs ({ topic }) {
      const { resources } = await admin.describeConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] })
      return { configs: Object.fromEntries(resources[0].configEntries.map(entry => [entry.configName, entry.configValue])) }
    },

    async alterConfig ({ topic, name, value }) {
      await admin.alterConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] }] })
    },

    async listOffsets ({ topic, partition }) {
      const offsets = await admin.fetchTopicOffsets(topic)
      const { low, high } = offsets.find(each => each.partition === partition)
      return { earliest: Number(low), latest: Number(high) }
    },

    deleteRecords: ({ topic, partition, before }) => admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] }),

    async describeCluster () {
      const { brokers, controller, clusterId } = await admin.describeCluster()
      return { brokers: brokers.map(({ host, port }) => `${host}:${port}`), controller, clusterId }
    },

    deleteTopic: async ({ topic }) => void (await admin.deleteTopics({ topics: [topic] })),

    listTopics: async () => ({ topics: await admin.listTopics() })
  }
})
