"""kafka-python (Debian's python3-kafka), unmodified.

Reads {bootstrap, steps: [{verb, ...}]} from standard input, runs the steps in order and prints an array with one result
each; a step that fails has the result {error}. Bytes travel as base64.
"""
import base64
import json
import sys
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic


def from_base64(text):
    return None if text is None else base64.b64decode(text)


def to_base64(data):
    return None if data is None else base64.b64encode(data).decode()


class Client:
    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = KafkaAdminClient(bootstrap_servers=bootstrap)

    def produce(self, topic, partition, compression, records, idempotent):
        assert not idempotent, "kafka-python 2.0.2 has no idempotent producer"
        producer = KafkaProducer(
            bootstrap_servers=self.bootstrap,
            acks="all",
            linger_ms=50,
            compression_type=None if compression == "none" else compression)
        sent = [
            producer.send(
                topic,
                partition=partition,
                key=from_base64(record["key"]),
                value=from_base64(record["value"]),
                headers=[(name, from_base64(value)) for name, value in record["headers"]],
                timestamp_ms=record["timestamp"])
            for record in records]
        producer.flush(timeout=30)
        offsets = [future.get(timeout=30).offset for future in sent]
        producer.close()
        return {"baseOffset": offsets[0]}

    def consume(self, topic, partition, count, offset=None, timestamp=None):
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None)
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        if timestamp is not None:
            offset = consumer.offsets_for_times({place: timestamp})[place].offset
        consumer.seek(place, offset)
        records = []
        deadline = time.monotonic() + 30
        while len(records) < count:
            assert time.monotonic() < deadline, "only %d of %d records came within 30 s" % (len(records), count)
            for batch in consumer.poll(timeout_ms=500).values():
                for message in batch:
                    records.append({
                        "offset": message.offset,
                        "key": to_base64(message.key),
                        "value": to_base64(message.value),
                        "timestamp": message.timestamp,
                        "headers": [[name, to_base64(value)] for name, value in message.headers],
                    })
        consumer.close()
        return {"records": records[:count]}

    def consumeInGroup(self, topic, group, count):
        consumer = KafkaConsumer(
            topic,
            bootstrap_servers=self.bootstrap,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=10000,
            max_poll_records=10)
        values = []
        deadline = time.monotonic() + 60
        while len(values) < count:
            assert time.monotonic() < deadline, "only %d of %d records came to the group within 60 s" % (len(values), count)
            for batch in consumer.poll(timeout_ms=500).values():
                values.extend(message.value.decode() for message in batch)
        consumer.commit()
        consumer.close(autocommit=False)
        return {"values": values}

    def createTopic(self, topic, partitions, configs=None):
        self.admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs or {})])

    def createPartitions(self, topic, count):
        self.admin.create_partitions({topic: NewPartitions(count)})

    def countPartitions(self, topic):
        return {"partitions": len(self.admin.describe_topics([topic])[0]["partitions"])}

    def describeConfigs(self, topic):
        answers = self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        entries = answers[0].resources[0][4]
        return {"configs": {entry[0]: entry[1] for entry in entries}}

    def alterConfig(self, topic, name, value):
        answer = self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: value})])
        for error_code, message, *_ in answer.resources:  # the client leaves it to the caller to look
            assert error_code == 0, "error %d: %s" % (error_code, message)

    def listOffsets(self, topic, partition):
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None)
        place = TopicPartition(topic, partition)
        result = {
            "earliest": consumer.beginning_offsets([place])[place],
            "latest": consumer.end_offsets([place])[place],
        }
        consumer.close()
        return result

    def describeCluster(self):
        answer = self.admin.describe_cluster()
        return {
            "brokers": ["%s:%d" % (broker["host"], broker["port"]) for broker in answer["brokers"]],
            "controller": answer["controller_id"],
            "clusterId": answer["cluster_id"],
        }

    def deleteTopic(self, topic):
        self.admin.delete_topics([topic])

    def listTopics(self):
        return {"topics": self.admin.list_topics()}


def main():
    task = json.load(sys.stdin)
    client = Client(task["bootstrap"])
    results = []
    for step in task["steps"]:
        verb = step.pop("verb")
        try:
            results.append(getattr(client, verb)(**step) or {})
        except Exception as error:  # each kind is a result: the caller knows which it expects
            results.append({"error": "%s: %s" % (type(error).__name__, error)})
    client.admin.close()
    json.dump(results, sys.stdout)


main()
