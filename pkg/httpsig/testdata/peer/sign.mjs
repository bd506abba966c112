// Signs requests as the official client does, with its package, and sends them.
// stdin: {"privateKey":"PEM","keyId","requests":[{"method","url","body","authorization"}]};
// stdout: [the text of each answer, …].
import { createPrivateKey } from 'node:crypto'
import { json } from 'node:stream/consumers'
import utils from '@interledger/http-signature-utils'

const { privateKey, keyId, requests } = await json(process.stdin)
const answers = []
for (const { method, url, body, authorization } of requests) {
  const request = new Request(url, {
    method,
    body: body || undefined,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(authorization && { authorization })
    }
  })
  const headers = await utils.createHeaders({
    request: {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: body || undefined
    },
    privateKey: createPrivateKey(privateKey),
    keyId
  })
  for (const [name, value] of Object.entries(headers)) {
    request.headers.set(name, value)
  }
  const answer = await fetch(request)
  answers.push(await answer.text())
}
console.log(JSON.stringify(answers))
