"""A shop with one button. To be paid it needs two calls and one redirect."""
import json
import os
import secrets
import uuid
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flask import Flask, redirect, render_template_string, request, session

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)  # signs the session's cookie
app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
PAGE = "<!doctype html><title>Coffee</title><main><h1>{{ title }}</h1>{{ text }}</main>"
FORM = """<!doctype html><title>Coffee</title><main><h1>Coffee, 4.00 USD</h1><form method="post" action="/buy">
<label>Your wallet address <input name="wallet" required></label> <button>Buy</button></form></main>"""


def page(title, text="", status=200, **headers):
    return render_template_string(PAGE, title=title, text=text), status, headers


def opgrants(path, key, body):
    headers = {"Authorization": "Bearer " + os.environ["OPGRANTS_TOKEN"], "Content-Type": "application/json",
               "Idempotency-Key": key}
    try:
        with urlopen(Request(os.environ["OPGRANTS_URL"] + path, json.dumps(body).encode(), headers)) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


@app.get("/")
def shop():
    return FORM


@app.post("/buy")
def buy():
    order = str(uuid.uuid4())
    payment = {"receiveAmount": {"value": "400", "assetCode": "USD", "assetScale": 2}, "description": "Coffee"}
    status, grant = opgrants("/grants", order, {"walletAddress": request.form["wallet"], "payment": payment,
                                                "returnUrl": request.host_url + "return", "reference": order})
    if status != 201:
        return page("Please try again", grant.get("detail"), 502)
    session["grant"] = grant["id"]
    return redirect(grant["consentUrl"], 303)


@app.get("/return")
def come_back():
    if "grant" not in session:  # the id is of this browser's session, never from the URL
        return page("You have ordered nothing in this browser", status=403)
    key, code = session["grant"], request.args.get("code", "")
    status, payment = opgrants(f"/grants/{key}/payments", key, {"code": code})
    if payment["status"] == "completed":
        return page("Paid. Thank you!")
    if payment["status"] in ("processing", "pending") or status >= 500:
        return page("On its way", Refresh=5)
    return page("Not paid", payment.get("detail", payment["status"]))
