// Customers of a shop, with a real browser: node customer.mjs <chromium> <shop> <wallet address>
// Prints what they saw, as JSON.
import { chromium } from 'playwright-core'

const [executablePath, shop, wallet] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
})

// Each customer has a browser of their own: no cookie is shared.
const newCustomer = async () => (await browser.newContext()).newPage()
const see = async page => ({ url: page.url(), text: await page.innerText('main') })

// order presses the shop's button, and returns the consent page's URL and text.
async function order (page) {
  await page.goto(shop)
  await page.fill('input[name=wallet]', wallet)
  await page.click('button')
  await page.waitForURL(/\/interact\//)
  return see(page)
}

// answer allows or refuses at the wallet, and returns what the shop shows then.
async function answer (page, choice) {
  await page.click(`button[value=${choice}]`)
  await page.waitForURL(/\/return/)
  for (let i = 0; i < 20 && (await page.innerText('main')).includes('On its way'); i++) await page.waitForTimeout(1000)
  return see(page)
}

const alice = await newCustomer()
const asked = await order(alice)
const paid = await answer(alice, 'accept')
await alice.reload()
const reloaded = await see(alice)

const bob = await newCustomer()
await order(bob)
const refused = await answer(bob, 'reject')

// The attack: Mallory orders, and sends the consent link of the order to a victim,
// who allows the payment. Then Mallory goes to the shop and says that it was paid.
const mallory = await newCustomer()
const link = await order(mallory)
const victim = await newCustomer()
await victim.goto(link.url)
const victimSaw = await answer(victim, 'accept')
await mallory.goto(new URL('/return?status=granted', shop).href)
const mallorySaw = await see(mallory)

console.log(JSON.stringify({ asked, paid, reloaded, refused, victimSaw, mallorySaw }))
await browser.close()
