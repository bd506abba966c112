// Reads a JSON list of texts, and writes what JavaScript makes of each: null
// where it does not parse.
import { readFileSync } from 'node:fs'
const texts = JSON.parse(readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(texts.map((base64) => {
  try { return JSON.stringify(JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))) } catch { return null }
}).map((text) => text === null ? null : Buffer.from(text, 'utf8').toString('base64'))))
