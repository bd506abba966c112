// Verifies requests as an Open Payments authorization server does, with the
// official package. stdin: {"jwk":…,"requests":[{"method","url","headers","body"}]};
// stdout: [true or false, …].
import utils from '@interledger/http-signature-utils'
import { json } from 'node:stream/consumers'

const { jwk, requests } = await json(process.stdin)
const results = []
for (const request of requests) {
  // The server digests the JSON that it has parsed, not the bytes.
  if (request.body) request.body = JSON.stringify(JSON.parse(request.body))
  else delete request.body
  results.push(
    utils.validateSignatureHeaders(request) &&
      (await utils.validateSignature(jwk, request))
  )
}
console.log(JSON.stringify(results))
