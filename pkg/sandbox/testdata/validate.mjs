// Validates requests as the reference implementation does, with the official
// packages. Reads {requests: [{method, path, query, headers, body}]}, writes a list of
// messages, "" for what is valid.
import { readFileSync } from 'node:fs'
import { parse } from 'node:querystring'
import { getResourceServerOpenAPI } from '@interledger/open-payments'
const openAPI = await getResourceServerOpenAPI()
const messages = []
for (const r of JSON.parse(readFileSync(0, 'utf8')).requests) {
  const validate = openAPI.createRequestValidator({ path: r.path, method: r.method.toLowerCase() })
  try {
    validate({ query: parse(r.query), headers: r.headers, body: r.body ? JSON.parse(r.body) : {} })
    messages.push('')
  } catch (err) {
    if (!err.errors) throw err
    messages.push(err.errors.map((e) => e.message).join('; '))
  }
}
process.stdout.write(JSON.stringify(messages))
