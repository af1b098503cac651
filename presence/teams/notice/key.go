package notice

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // Graph's choice for OAEP, where collisions do not matter
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"time"
)

const (
	keyBits      = 2048                // Graph takes 2048 to 4096; a step with 2048 takes a millisecond
	keyBytes     = 32                  // of the key that a content is sealed with
	maxDataBytes = 64 << 10            // of a content, before it is decoded
	certLife     = 30 * 24 * time.Hour // for which a certificate says that it is good
	clockSkew    = 30 * time.Minute    // by which Microsoft's clock may be behind
)

// A Key opens what was sealed for its certificate. It is safe for concurrent
// use and never changes.
type Key struct {
	ID          string // by which Graph names it
	Certificate string // base64 of the X.509 certificate in DER: the public half
	Made        time.Time
	private     *rsa.PrivateKey
}

// NewKey makes a key with a certificate that it signs itself: Graph wants the
// form and asks nobody about it. It takes a tenth of a second or more.
func NewKey(now time.Time) (*Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make a key for notifications: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make a key for notifications: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "ringdex notifications"},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(certLife),
		KeyUsage: x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for notifications: %w", err)
	}
	return &Key{ID: rand.Text(), Certificate: base64.StdEncoding.EncodeToString(der), Made: now, private: private}, nil
}

// Open returns the content that was sealed for k. It returns ErrTampered for
// whatever cannot be opened: why is of no use to anybody but an attacker. The
// signature is compared before anything is decrypted with the key that was
// found, so that no padding is ever looked at that Graph did not write.
func (k *Key) Open(s *Sealed) ([]byte, error) {
	if len(s.Data) > maxDataBytes {
		return nil, ErrTampered
	}
	key, errKey := base64.StdEncoding.DecodeString(s.Key)
	data, errData := base64.StdEncoding.DecodeString(s.Data)
	signature, errSignature := base64.StdEncoding.DecodeString(s.Signature)
	if errKey != nil || errData != nil || errSignature != nil || len(key) != k.private.Size() || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, ErrTampered
	}
	secret, err := rsa.DecryptOAEP(sha1.New(), nil, k.private, key, nil)
	if err != nil || len(secret) != keyBytes {
		return nil, ErrTampered
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(data)
	if !hmac.Equal(mac.Sum(nil), signature) {
		return nil, ErrTampered
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, ErrTampered
	}
	cipher.NewCBCDecrypter(block, secret[:aes.BlockSize]).CryptBlocks(data, data)
	return unpad(data)
}

// unpad takes PKCS#7 padding off. data is not empty.
func unpad(data []byte) ([]byte, error) {
	n := int(data[len(data)-1])
	if n == 0 || n > aes.BlockSize || n > len(data) {
		return nil, ErrTampered
	}
	end := len(data) - n
	for _, b := range data[end:] {
		if int(b) != n {
			return nil, ErrTampered
		}
	}
	return data[:end], nil
}
