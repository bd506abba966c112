package control

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// routes are the operations, by method and path below [Path]. An answer of nil is 204.
func (h *Handler) routes() map[string]func(*http.Request) (any, error) {
	return map[string]func(*http.Request) (any, error){
		"GET ":          h.describe,
		"GET /client":   func(*http.Request) (any, error) { return h.config.Client, nil },
		"POST /wallets": h.openWallet,

		"POST /approve": h.decide((*sandbox.Server).Approve),
		"POST /refuse":  h.decide((*sandbox.Server).Refuse),
		"POST /leave":   h.decide((*sandbox.Server).Leave),
		"POST /revoke":  h.revoke,

		"POST /rates":       h.setRates,
		"POST /behaviors":   h.addBehavior,
		"DELETE /behaviors": h.clearBehaviors,
		"GET /faults":       h.listFaults,
		"POST /faults":      h.planFault,
		"DELETE /faults":    func(*http.Request) (any, error) { h.sandbox().ClearFaults(); return nil, nil },

		"POST /reset": h.reset,

		"GET /requests":  func(*http.Request) (any, error) { return h.config.Journal.Requests(), nil },
		"GET /grants":    func(*http.Request) (any, error) { return list(h.sandbox().Grants()), nil },
		"GET /payments":  func(*http.Request) (any, error) { return list(h.sandbox().AllOutgoingPayments()), nil },
		"GET /transfers": func(*http.Request) (any, error) { return list(h.sandbox().Ledger()), nil },
		"GET /balance":   h.readBalance,
	}
}

// list returns all as JSON shows it, also if there are none.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// describe says what the sandbox has.
func (h *Handler) describe(*http.Request) (any, error) {
	var paths []string
	for pattern := range h.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		paths = append(paths, method+" "+Path+path)
	}
	slices.Sort(paths)
	return map[string]any{
		"url": h.sandbox().URL(), "client": h.config.Client.WalletAddress, "wallets": h.config.Wallets, "routes": paths,
		"behaviors": sandbox.Behaviors(), "faults": slices.Sorted(maps.Keys(sandbox.Faults())), "operations": operations,
	}, nil
}

// openWallet opens a wallet, such as that of the tested app with its key.
func (h *Handler) openWallet(r *http.Request) (any, error) {
	var q struct {
		Name       string          `json:"name"`
		PublicName string          `json:"publicName"`
		AssetCode  string          `json:"assetCode"`
		AssetScale uint8           `json:"assetScale"`
		Balance    int64           `json:"balance"`
		Consent    sandbox.Consent `json:"consent"`
		Keys       []sandbox.JWK   `json:"keys"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	if first, _, _ := strings.Cut(q.Name, "/"); "/"+first == Path {
		return nil, &failure{http.StatusUnprocessableEntity, "a wallet's name cannot begin with control"}
	}
	address, err := h.sandbox().AddWallet(sandbox.Wallet{Name: q.Name, PublicName: q.PublicName, AssetCode: q.AssetCode, AssetScale: q.AssetScale,
		Balance: q.Balance, Consent: q.Consent, Keys: q.Keys})
	if err != nil {
		return nil, unprocessable(err)
	}
	return map[string]string{"walletAddress": address}, nil
}

// decide does what a user does at a consent link.
func (h *Handler) decide(act func(s *sandbox.Server, consentURL string) (finishURL string, err error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		link, err := readConsentURL(r)
		if err != nil {
			return nil, err
		}
		finish, err := act(h.sandbox(), link)
		if err != nil {
			return nil, unprocessable(err)
		}
		return map[string]string{"finishUrl": finish}, nil
	}
}

func (h *Handler) revoke(r *http.Request) (any, error) {
	link, err := readConsentURL(r)
	if err != nil {
		return nil, err
	}
	return nil, unprocessable(h.sandbox().RevokeGrant(link))
}

func readConsentURL(r *http.Request) (string, error) {
	var q struct {
		ConsentURL string `json:"consentUrl"`
	}
	err := read(r, &q)
	if err == nil && q.ConsentURL == "" {
		err = &failure{http.StatusBadRequest, "consentUrl is missing: the link that the app sends its user to"}
	}
	return q.ConsentURL, err
}

func (h *Handler) setRates(r *http.Request) (any, error) {
	var q struct {
		Rates map[string]float64 `json:"rates"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	for code, rate := range q.Rates {
		if !(rate > 0) {
			return nil, &failure{http.StatusUnprocessableEntity, fmt.Sprintf("the rate of %s must be more than 0", code)}
		}
	}
	h.sandbox().SetRates(q.Rates)
	return nil, nil
}

// address returns the wallet address that a caller names by its URL or its path.
func (h *Handler) address(wallet string) string {
	if strings.Contains(wallet, "://") {
		return wallet
	}
	return h.sandbox().URL() + "/" + strings.TrimPrefix(wallet, "/")
}

func (h *Handler) addBehavior(r *http.Request) (any, error) {
	var q struct {
		Wallet  string               `json:"wallet"`
		Kind    sandbox.BehaviorKind `json:"kind"`
		Times   int                  `json:"times"`
		Seconds float64              `json:"seconds"`
		URL     string               `json:"url"`
		Fee     struct {
			Fixed       uint64 `json:"fixed"`
			BasisPoints uint64 `json:"basisPoints"`
		} `json:"fee"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	return nil, unprocessable(h.sandbox().Behave(h.address(q.Wallet), sandbox.Behavior{Kind: q.Kind, Times: q.Times, URL: q.URL,
		Delay: time.Duration(q.Seconds * float64(time.Second)), Fee: sandbox.Fee(q.Fee)}))
}

func (h *Handler) clearBehaviors(r *http.Request) (any, error) {
	return nil, unprocessable(h.sandbox().ClearBehaviors(h.address(r.URL.Query().Get("wallet"))))
}

// operations are those that can have a fault. "" is any.
var operations = []sandbox.Op{sandbox.OpAny, sandbox.OpWallet, sandbox.OpKeys, sandbox.OpIntrospect, sandbox.OpConsent,
	sandbox.OpGrant, sandbox.OpContinue, sandbox.OpCancel, sandbox.OpRotate, sandbox.OpRevoke,
	sandbox.OpCreateIncomingPayment, sandbox.OpListIncomingPayments, sandbox.OpReadIncomingPayment, sandbox.OpCompleteIncomingPayment,
	sandbox.OpCreateQuote, sandbox.OpReadQuote, sandbox.OpCreateOutgoingPayment, sandbox.OpListOutgoingPayments,
	sandbox.OpReadOutgoingPayment, sandbox.OpReadSpentAmounts}

func (h *Handler) listFaults(*http.Request) (any, error) {
	return map[string]int{"pending": h.sandbox().PendingFaults()}, nil
}

func (h *Handler) planFault(r *http.Request) (any, error) {
	var q struct {
		Op    sandbox.Op `json:"op"`
		Fault string     `json:"fault"`
		Skip  int        `json:"skip"`
		Times int        `json:"times"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	f, known := sandbox.Faults()[q.Fault]
	switch {
	case !known:
		return nil, &failure{http.StatusUnprocessableEntity, fmt.Sprintf("there is no fault %q: GET %s lists them", q.Fault, Path)}
	case !slices.Contains(operations, q.Op):
		return nil, &failure{http.StatusUnprocessableEntity, fmt.Sprintf("there is no operation %q: GET %s lists them", q.Op, Path)}
	}
	f.Skip, f.Times = max(q.Skip, 0), cmp.Or(max(q.Times, 0), 1)
	h.sandbox().Fail(q.Op, f)
	return nil, nil
}

func (h *Handler) readBalance(r *http.Request) (any, error) {
	value, err := h.sandbox().Balance(h.address(r.URL.Query().Get("wallet")))
	if err != nil {
		return nil, unprocessable(err)
	}
	return map[string]string{"balance": fmt.Sprint(value)}, nil
}
