// Reads an array of base64 bodies, writes each as an authorization server digests
// it: JSON.stringify of what JSON.parse makes of it.
import { text } from 'node:stream/consumers'

const bodies = JSON.parse(await text(process.stdin))
const again = bodies.map((body) => {
  const received = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(body, 'base64'))
  return Buffer.from(JSON.stringify(JSON.parse(received))).toString('base64')
})
process.stdout.write(JSON.stringify(again))
