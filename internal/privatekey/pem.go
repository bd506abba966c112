package privatekey

import (
	"crypto/ed25519"
	"errors"
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
)

// A PEM's lines may have been joined, indented or broken anew, its spaces lost,
// and its dashes made typographic.
var (
	pemBegin = pattern.New(`(?i)[-‐-―−]+\s*BEGIN\s*([A-Z0-9\s_]*?)\s*[-‐-―−]+`)
	pemEnd   = pattern.New(`(?i)[-‐-―−]+\s*END\s*([A-Z0-9\s_]*?)\s*[-‐-―−]+`)
	pemJunk  = pattern.New("[\\s\"'`,>|\\\\]+")
)

// parsePEM reads the one private key of a text with PEM blocks.
func parsePEM(text string) (ed25519.PrivateKey, error) {
	var key ed25519.PrivateKey
	var public []byte
	var refused error
	for _, b := range pemBlocks(text) {
		next, err := b.parse()
		switch {
		case errors.Is(err, errPublic):
			public = b.public()
			fallthrough
		case err != nil:
			if refused == nil || isBeside(refused) {
				refused = err
			}
		case key != nil && !key.Equal(next):
			return nil, errTwoKeys
		default:
			key = next
		}
	}
	if key == nil {
		return nil, refused
	}
	return agrees(key, public)
}

// isBeside reports whether err is about a block that is often beside a private
// key, so that another block says more.
func isBeside(err error) bool {
	return errors.Is(err, errPublic) || errors.Is(err, errCertificate) || errors.Is(err, errOtherPEM)
}

type pemBlock struct {
	label string // in capitals, without spaces
	body  string
	ended bool
}

func pemBlocks(text string) (blocks []pemBlock) {
	for {
		begin := pemBegin().FindStringSubmatchIndex(text)
		if begin == nil {
			return blocks
		}
		b := pemBlock{label: strings.ToUpper(withoutSpace(text[begin[2]:begin[3]]))}
		text = text[begin[1]:]
		body := text
		if next := pemBegin().FindStringIndex(text); next != nil {
			body = text[:next[0]]
		}
		if end := pemEnd().FindStringIndex(body); end != nil {
			body, b.ended = body[:end[0]], true
		}
		b.body = body
		blocks = append(blocks, b)
	}
}

func (b pemBlock) parse() (ed25519.PrivateKey, error) {
	switch b.label {
	case "PRIVATEKEY", "ED25519PRIVATEKEY", "OPENSSHPRIVATEKEY":
	case "ENCRYPTEDPRIVATEKEY":
		return nil, errEncrypted
	case "RSAPRIVATEKEY":
		return nil, wrongKind("RSA")
	case "ECPRIVATEKEY", "ECPARAMETERS":
		return nil, wrongKind("ECDSA")
	case "DSAPRIVATEKEY":
		return nil, wrongKind("DSA")
	case "PUBLICKEY", "RSAPUBLICKEY", "SSH2PUBLICKEY":
		return nil, errPublic
	case "CERTIFICATE", "TRUSTEDCERTIFICATE", "X509CERTIFICATE", "PKCS7":
		return nil, errCertificate
	case "CERTIFICATEREQUEST", "NEWCERTIFICATEREQUEST":
		return nil, errRequest
	case "PGPPRIVATEKEYBLOCK", "PGPPUBLICKEYBLOCK", "PGPMESSAGE":
		return nil, errPGP
	default:
		return nil, errOtherPEM
	}
	raw, err := b.decode()
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(string(raw), openSSHMagic) {
		return parseOpenSSH(raw)
	}
	if b.ended && isRaw(raw, 1) {
		return fromRaw(raw)
	}
	key, err := parseDER(raw)
	switch {
	case errors.Is(err, errBinary) && b.label == "OPENSSHPRIVATEKEY":
		return nil, errBrokenSSH
	case err != nil && !b.ended:
		return nil, errCutPEM
	case errors.Is(err, errBinary), errors.Is(err, errAfterDER), errors.Is(err, errCutDER):
		return nil, errBrokenPEM
	}
	return key, err
}

func (b pemBlock) decode() ([]byte, error) {
	if strings.Contains(b.body, "ENCRYPTED") {
		return nil, errEncrypted // RFC 1421: Proc-Type: 4,ENCRYPTED
	}
	body := b.body
	if strings.Contains(body, ":") {
		lines := strings.Split(body, "\n")
		body = ""
		for _, line := range lines {
			if !strings.Contains(line, ":") { // a header
				body += line + "\n"
			}
		}
	}
	raw, ok := decodeBase64(pemJunk().ReplaceAllString(withoutSpace(body), ""))
	switch {
	case ok && len(raw) > 0:
		return raw, nil
	case !b.ended || len(raw) == 0 && ok:
		return nil, errCutPEM
	}
	return nil, errBrokenPEM
}

// public returns the block's Ed25519 public key, or nil.
func (b pemBlock) public() []byte {
	raw, err := b.decode()
	if err != nil {
		return nil
	}
	return ed25519PublicDER(raw)
}
