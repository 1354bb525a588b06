package chain

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/url"
	"time"

	"go.dedis.ch/dela/mino/minogrpc"
	"go.dedis.ch/dela/mino/router/tree"
)

// NewGRPC makes the network side of a node: a free port of this machine, with a
// certificate of its own.
func NewGRPC() (*minogrpc.Minogrpc, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	onet, err := minogrpc.NewMinogrpc(minogrpc.ParseAddress("127.0.0.1", 0), nil,
		tree.NewRouter(minogrpc.NewAddressFactory()), minogrpc.WithCertificateKey(key, key.Public()))
	if err != nil {
		return nil, err
	}

	onet.GetAddress() // waits until it listens

	return onet, nil
}

// Acquaint has nodes on minogrpc exchange their certificates: each joins the
// first.
func Acquaint(nodes ...*Node) error {
	first, ok := nodes[0].Mino.(minogrpc.Joinable)
	if !ok {
		return errors.New("not on minogrpc")
	}

	address, err := url.Parse(nodes[0].Mino.GetAddress().String())
	if err != nil {
		return err
	}

	token := first.GenerateToken(time.Hour)

	digest, err := first.GetCertificateStore().Hash(first.GetCertificateChain())
	if err != nil {
		return err
	}

	for _, node := range nodes[1:] {
		other, ok := node.Mino.(minogrpc.Joinable)
		if !ok {
			return errors.New("not on minogrpc")
		}

		err = other.Join(address, token, digest)
		if err != nil {
			return err
		}
	}

	return nil
}
