package chain

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"go.dedis.ch/dela/core/store/kv"
	"go.dedis.ch/dela/crypto"
	"go.dedis.ch/dela/crypto/bls"
	"go.dedis.ch/dela/crypto/loader"
	"go.dedis.ch/dela/mino/minogrpc"
	"go.dedis.ch/dela/mino/minogrpc/certs"
	"go.dedis.ch/dela/mino/router/tree"
)

// NewGRPC makes the network side of a node: a free port of this machine, with a
// certificate of its own.
func NewGRPC() (*minogrpc.Minogrpc, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	return listen(minogrpc.ParseAddress("127.0.0.1", 0), key)
}

// openGRPC makes the network side of a node that keeps its key in a file and
// certificates in a database.
func openGRPC(dir, address string, db kv.DB) (*minogrpc.Minogrpc, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}

	data, err := loader.NewFileLoader(filepath.Join(dir, "certificate.key")).LoadOrCreate(certificateKey{})
	if err != nil {
		return nil, fmt.Errorf("certificate's key: %w", err)
	}

	key, err := x509.ParseECPrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("certificate's key: %w", err)
	}

	return listen(at, key, minogrpc.WithStorage(certs.NewDiskStore(db, minogrpc.NewAddressFactory())))
}

func listen(at net.Addr, key *ecdsa.PrivateKey, options ...minogrpc.Option) (*minogrpc.Minogrpc, error) {
	// Each speaks to each directly, as Dela's own command line has it: a node
	// that is away is then nobody's way to others.
	router := tree.NewRouter(minogrpc.NewAddressFactory(), tree.WithHeight(1))

	onet, err := minogrpc.NewMinogrpc(at, nil, router, append(options, minogrpc.WithCertificateKey(key, key.Public()))...)
	if err != nil {
		return nil, err
	}

	onet.GetAddress() // waits until it listens

	return onet, nil
}

// certificateKey makes a key for loader.LoadOrCreate.
type certificateKey struct{}

// Generate implements loader.Generator.
func (certificateKey) Generate() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}

	return x509.MarshalECPrivateKey(key)
}

// signerKey makes a key for loader.LoadOrCreate.
type signerKey struct{}

// Generate implements loader.Generator.
func (signerKey) Generate() ([]byte, error) {
	return bls.NewSigner().MarshalBinary()
}

// LoadSigner reads a key from a file, or makes one and writes it there.
func LoadSigner(path string) (crypto.AggregateSigner, error) {
	data, err := loader.NewFileLoader(path).LoadOrCreate(signerKey{})
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}

	return bls.NewSignerFromBytes(data)
}

// Invitation lets others join a node on minogrpc: what Dela's command line
// prints for `minogrpc token`.
type Invitation struct {
	Address string `json:"address"`
	Token   string `json:"token"`
	// Certificate is the hash of the node's certificate, in base64.
	Certificate string `json:"certificate"`
}

// Invite makes an invitation for an hour.
func (n *Node) Invite() (Invitation, error) {
	onet, ok := n.Mino.(minogrpc.Joinable)
	if !ok {
		return Invitation{}, errors.New("not on minogrpc")
	}

	digest, err := onet.GetCertificateStore().Hash(onet.GetCertificateChain())
	if err != nil {
		return Invitation{}, err
	}

	return Invitation{
		Address:     onet.GetAddress().String(),
		Token:       onet.GenerateToken(time.Hour),
		Certificate: base64.StdEncoding.EncodeToString(digest),
	}, nil
}

// Join exchanges certificates with the node that made the invitation, and with
// those that joined it before.
func (n *Node) Join(invitation Invitation) error {
	onet, ok := n.Mino.(minogrpc.Joinable)
	if !ok {
		return errors.New("not on minogrpc")
	}

	address, err := url.Parse(invitation.Address)
	if err != nil {
		return err
	}

	digest, err := base64.StdEncoding.DecodeString(invitation.Certificate)
	if err != nil {
		return err
	}

	return onet.Join(address, invitation.Token, digest)
}

// Acquaint has nodes on minogrpc exchange their certificates: each joins the
// first.
func Acquaint(nodes ...*Node) error {
	invitation, err := nodes[0].Invite()
	if err != nil {
		return err
	}

	for _, node := range nodes[1:] {
		err = node.Join(invitation)
		if err != nil {
			return err
		}
	}

	return nil
}
