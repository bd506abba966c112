package httpapi

import (
	"errors"
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// pay is POST /grants/{id}/payments.
func (a *API) pay(r *http.Request, c call) (*reply, error) {
	key, err := idempotencyKey(r.Header)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, &grant.Error{Code: payment.CodeKeyRequired, Field: headerIdempotencyKey,
			Detail: "Send an Idempotency-Key header, such as a UUID that you store with the order: with it a retry never pays twice."}
	}
	var asked payment.Request
	if err := readOptionalBody(r, &asked, maxText); err != nil {
		return nil, err
	}
	if a.PaymentsOff {
		return nil, paymentsOff()
	}
	wait, preferred := preferredWait(r.Header)
	made, replayed, err := a.Payments.Make(r.Context(), c.owner, c.id, asked, key, wait)
	answer, err := a.paymentReply(made, err)
	if err != nil {
		return nil, err
	}
	if replayed {
		answer.header.Set(headerIdempotentReplayed, "true")
	}
	if preferred {
		answer.header.Set(headerPreferenceApplied, "wait="+seconds(wait))
	}
	return answer, nil
}

// paymentReply answers with a payment: 201, or 402 if it has failed.
func (a *API) paymentReply(made *payment.Resource, err error) (answer *reply, _ error) {
	var failed *grant.Error
	switch {
	case err == nil:
		if answer, err = jsonReply(http.StatusCreated, made); err != nil {
			return nil, err
		}
	case made != nil && errors.As(err, &failed) && failed.Code == payment.CodePaymentFailed:
		answer = problemReply(err, made)
	default:
		return nil, err
	}
	answer.header.Set(headerLocation, a.path("grants", made.GrantID, "payments", made.ID))
	answer.payment = made.ID
	return answer, nil
}

// listPayments is GET /grants/{id}/payments.
func (a *API) listPayments(r *http.Request, c call) (*reply, error) {
	query, err := readQuery(r.URL.RawQuery, parameterCursor)
	if err != nil {
		return nil, err
	}
	page, err := a.Payments.List(r.Context(), c.owner, c.id, query[parameterCursor])
	if err != nil {
		return nil, err
	}
	if page.Payments == nil {
		page.Payments = []*payment.Resource{}
	}
	return jsonReply(http.StatusOK, page)
}

// getPayment is GET /grants/{id}/payments/{payment}.
func (a *API) getPayment(r *http.Request, c call) (*reply, error) {
	found, err := a.Payments.Get(r.Context(), c.owner, c.id, c.payment)
	if err != nil {
		return nil, err
	}
	return jsonReply(http.StatusOK, found)
}

func paymentsOff() error {
	return &grant.Error{Code: codePaymentsOff, Detail: "The operator of this service has switched payments off (PAYMENTS=off). Nothing was sent."}
}
