// node --import this file: packages that a script does not find beside itself
// are looked for in .tools/npm and .tools/express, so that scripts can lie in any testdata folder.
import { register } from 'node:module'

register(new URL('./resolve.mjs', import.meta.url))
