// @platformatic/kafka, unmodified. Its streams join a group, so reading goes through its consumer's plain fetch.
import { fromBase64, load, runSteps, toBase64 } from './steps.mjs'

// The library asks for Node 22; this is all of it that Node 20 lacks on our way.
Promise.withResolvers ??= function () {
  const parts = {}
  parts.promise = new this((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}

const { Admin, Consumer, Producer, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } = await load('@platformatic/kafka')

await runSteps(async bootstrap => {
  const options = { clientId: 'platformatic', bootstrapBrokers: [bootstrap], autocreateTopics: true, retries: 5, timeout: 15_000 }
  const admin = new Admin(options)
  const consumer = new Consumer({ ...options, groupId: 'none' })

  const offsetAt = async (topic, partition, timestamp) => {
    const found = await consumer.listOffsetsWithTimestamps({ topics: [topic], partitions: { [topic]: [partition] }, timestamp: BigInt(timestamp) })
    return found.get(topic).get(partition).offset
  }

  return {
    async transact ({ topic, transactionalId, transactions }) {
      const producer = new Producer({ ...options, idempotent: true, transactionalId })
      for (const { value, commit } of transactions) {
        const transaction = await producer.beginTransaction()
        await transaction.send({ messages: [{ topic, partition: 0, value: Buffer.from(value) }] })
        await (commit ? transaction.commit() : transaction.abort())
      }
      await producer.close()
    },

    async produce ({ topic, partition, compression, idempotent, records }) {
      const producer = new Producer({ ...options, idempotent })
      const { offsets } = await producer.send({
        acks: -1,
        compression,
        messages: records.map(({ key, value, headers, timestamp }) => ({
          topic,
          partition,
          key: fromBase64(key) ?? undefined,
          value: fromBase64(value) ?? undefined,
          timestamp: BigInt(timestamp),
          headers: new Map(headers.map(([name, bytes]) => [Buffer.from(name), fromBase64(bytes)]))
        }))
      })
      await producer.close()
      return { baseOffset: offsets[0].offset }
    },

    async consume ({ topic, partition, offset, timestamp, count }) {
      let next = timestamp == null ? BigInt(offset) : await offsetAt(topic, partition, timestamp)
      const records = []
      while (records.length < count) {
        const metadata = await consumer.metadata({ topics: [topic] })
        const { id, partitions } = metadata.topics.get(topic)
        const { responses } = await consumer.fetch({
          node: partitions[partition].leader,
          maxWaitTime: 500,
          minBytes: 1,
          maxBytes: 1 << 20,
          topics: [{ topicId: id, partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: next, lastFetchedEpoch: -1, partitionMaxBytes: 1 << 20 }] }]
        })
        for (const batch of responses.flatMap(response => response.partitions).flatMap(each => each.records ?? [])) {
          for (const record of batch.records) {
            const at = batch.firstOffset + BigInt(record.offsetDelta)
            if (at < next) continue
            next = at + 1n
            records.push({
              offset: at,
              key: toBase64(record.key),
              value: toBase64(record.value),
              timestamp: batch.firstTimestamp + record.timestampDelta,
              headers: record.headers.map(([name, value]) => [name.toString(), toBase64(value)])
            })
          }
        }
      }
      return { records: records.slice(0, count) }
    },

    async consumeInGroup ({ topic, group, count }) {
      const member = new Consumer({ ...options, groupId: group, sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 1_000 })
      const stream = await member.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest', autocommit: false, maxWaitTime: 500 })
      const values = []
      for await (const message of stream) {
        values.push(message.value.toString())
        await message.commit()
        if (values.length === count) break
      }
      await member.close(true)
      return { values }
    },

    async createTopic ({ topic, partitions, configs }) {
      const entries = Object.entries(configs ?? {}).map(([name, value]) => ({ name, value }))
      await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs: entries })
    },

    createPartitions: async ({ topic, count }) => void (await admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] })),

    async countPartitions ({ topic }) {
      const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
      return { partitions: metadata.topics.get(topic).partitionsCount }
    },

    async describeConfigs ({ topic }) {
      const [{ configs }] = await admin.describeConfigs({ resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }] })
      return { configs: Object.fromEntries(configs.map(({ name, value }) => [name, value])) }
    },

    async alterConfig ({ topic, name, value }) {
      const configs = [{ name, value, configOperation: IncrementalAlterConfigOperationTypes.SET }]
      await admin.incrementalAlterConfigs({ resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }] })
    },

    listOffsets: async ({ topic, partition }) => ({ earliest: await offsetAt(topic, partition, -2), latest: await offsetAt(topic, partition, -1) }),

    async deleteRecords ({ topic, partition, before }) {
      await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(before) }] }] })
    },

    async describeCluster () {
      const { id, brokers, controllerId } = await admin.metadata({ topics: [], forceUpdate: true })
      return { brokers: [...brokers.values()].map(({ host, port }) => `${host}:${port}`), controller: controllerId, clusterId: id }
    },

    deleteTopic: async ({ topic }) => void (await admin.deleteTopics({ topics: [topic] })),

    listTopics: async () => ({ topics: await admin.listTopics() })
  }
})
