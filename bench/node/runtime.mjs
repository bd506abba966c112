// The part of Lambda's Node runtime that a function waits for: it fetches events over
// one kept connection and sends the answers.
import http from 'node:http'

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const r = http.request({ host, port, method, path: '/2018-06-01/runtime/' + path, agent }, (answer) => {
      const parts = []
      answer.on('data', (part) => parts.push(part))
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }))
    })
    r.on('error', reject)
    r.end(body)
  })
}

export async function run(init, handler) {
  let service
  try {
    service = await init()
  } catch (e) {
    await call('POST', 'init/error', String(e?.stack ?? e))
    process.exit(1)
  }
  for (;;) {
    const next = await call('GET', 'invocation/next')
    const id = next.headers['lambda-runtime-aws-request-id']
    try {
      await call('POST', `invocation/${id}/response`, JSON.stringify(await handler(service, JSON.parse(next.body))))
    } catch (e) {
      await call('POST', `invocation/${id}/error`, JSON.stringify({ errorMessage: String(e?.stack ?? e) + ' ' + JSON.stringify(e) }))
    }
  }
}
