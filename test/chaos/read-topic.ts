/** All that stands in a topic: the key of each record's delivery, and what it says. */
import { Kafka, logLevel } from 'kafkajs'
import { freshName, type TestBroker, withAdmin } from '../kafka/broker.ts'

export async function readTopic(broker: TestBroker, topic: string): Promise<{ key: string; body: string }[]> {
  const ends = await withAdmin(broker, (admin) => admin.fetchTopicOffsets(topic))
  const left = new Map(ends.map(({ partition, high }) => [partition, Number(high)]))
  const consumer = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).consumer({
    groupId: freshName('reader'),
  })
  const got: { key: string; body: string }[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      if ([...left.values()].every((high) => high <= 0)) resolve()
    }
    look()
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          got.push({ key: String(message.headers?.['fountain-key']), body: String(message.value) })
          if (Number(message.offset) + 1 >= (left.get(partition) ?? 0)) left.set(partition, 0)
          look()
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return got
}
