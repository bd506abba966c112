// Bundles both functions into the folder that is given, as a good deployment would.
import { cpSync } from 'node:fs'
import { build } from 'esbuild'

const out = process.argv[2]
await build({
  entryPoints: ['request-grant.mjs', 'finish-callback.mjs'],
  outdir: out, outExtension: { '.js': '.cjs' },
  bundle: true, minify: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'warning'
})
// The SDK finds its OpenAPI documents beside itself.
cpSync('node_modules/@interledger/open-payments/dist/openapi/specs', out + '/specs', { recursive: true })
