/** `bare.ts ADDRESS TOPIC COUNT`: a consumer that only calls JSON.parse; says how many records a second after the first tenth. */
import kafkajs from 'kafkajs'

const [address, topic, count] = process.argv.slice(2)
const most = Number(count)
const kafka = new kafkajs.Kafka({ clientId: 'bare', brokers: [address], logLevel: kafkajs.logLevel.NOTHING })
const consumer = kafka.consumer({ groupId: `bare-${process.pid}` })
let seen = 0
let fields = 0
let started = 0
let first = 0
await consumer.connect()
await consumer.subscribe({ topics: [topic], fromBeginning: true })
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    for (const { value } of batch.messages) if (JSON.parse(String(value)).purchase_id !== undefined) fields++
    seen += batch.messages.length
    if (started === 0 && seen >= most / 10) [started, first] = [performance.now(), seen]
    if (seen >= most && first > 0) {
      const rate = (1000 * (seen - first)) / (performance.now() - started)
      first = 0
      console.log(`read ${rate}`)
      if (fields !== seen) throw new Error('some record was no purchase')
      void consumer.disconnect()
    }
  },
})
