/** A member of a group in a process of its own, to be killed: prints the offset of every packet. */
import type { KafkaSourceConfig } from '../../src/config.ts'
import { kafkaSource } from '../../src/ingest/kafka/kafka-source.ts'
import { clock, testHost, testLog } from '../ingest/host.ts'

const config = JSON.parse(process.env.MEMBER ?? '') as KafkaSourceConfig
const host = testHost({
  onSift: ({ packets }) => {
    for (const { offset } of packets) console.log(offset)
  },
})
await kafkaSource('member', config, { log: testLog(), clock }).run(host)
