package chain

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"delavm/server/dela/delavm"
	"delavm/server/dela/wasm"
	accesscontract "go.dedis.ch/dela/contracts/access"
	"go.dedis.ch/dela/core/access"
	"go.dedis.ch/dela/core/access/darc"
	"go.dedis.ch/dela/core/execution/native"
	"go.dedis.ch/dela/core/ordering/cosipbft"
	"go.dedis.ch/dela/core/ordering/cosipbft/authority"
	"go.dedis.ch/dela/core/ordering/cosipbft/blockstore"
	"go.dedis.ch/dela/core/ordering/cosipbft/types"
	"go.dedis.ch/dela/core/store/hashtree/binprefix"
	"go.dedis.ch/dela/core/store/kv"
	"go.dedis.ch/dela/core/txn"
	"go.dedis.ch/dela/core/txn/pool"
	poolgossip "go.dedis.ch/dela/core/txn/pool/gossip"
	"go.dedis.ch/dela/core/txn/signed"
	"go.dedis.ch/dela/core/validation"
	"go.dedis.ch/dela/core/validation/simple"
	"go.dedis.ch/dela/cosi/threshold"
	"go.dedis.ch/dela/crypto"
	"go.dedis.ch/dela/crypto/bls"
	"go.dedis.ch/dela/mino"
	"go.dedis.ch/dela/mino/gossip"
	"go.dedis.ch/dela/serde/json"
)

// Node is one node of a chain: Dela's ordering, pool and stores, with the wasm
// service around native execution.
type Node struct {
	Mino       mino.Mino
	Env        *delavm.Environment
	Wasm       *wasm.Service
	Access     access.Service
	Validation validation.Service
	Pool       pool.Pool
	Ordering   *cosipbft.Service
	Blocks     blockstore.BlockStore

	cosi   *threshold.Threshold
	admins *memoryStore
	db     kv.DB
	cancel context.CancelFunc
}

// Options are what differs between nodes and between tests.
type Options struct {
	Environment delavm.Settings
	// Signer is the node's key; nil: a new one.
	Signer crypto.AggregateSigner
	Wasm   wasm.Options
	// Simple leaves wasm.Validation out: Dela's own validation alone.
	Simple bool
	// Round, Failed and Transaction are the timeouts of the ordering; 0: as
	// Dela has them.
	Round, Failed, Transaction time.Duration
	// Native registers more contracts.
	Native func(*native.Service, access.Service)
}

// NewNode makes a node and starts it; it follows a chain once there is one, and
// goes on with it if its database, in the directory, has one. environment is
// where its contracts are run, as delavm.NewEnvironment has it; nobody need be
// there yet.
func NewNode(onet mino.Mino, dir, environment string, options Options) (*Node, error) {
	db, err := openDatabase(dir)
	if err != nil {
		return nil, err
	}

	return newNode(onet, db, environment, options)
}

// OpenNode makes a node on minogrpc which listens on "HOST:PORT" of this machine
// and starts it. All it must keep is in the directory: its keys, its peers'
// certificates, its chain.
func OpenNode(dir, address, environment string, options Options) (*Node, error) {
	db, err := openDatabase(dir)
	if err != nil {
		return nil, err
	}

	options.Signer, err = LoadSigner(filepath.Join(dir, "private.key"))
	if err != nil {
		return nil, err
	}

	onet, err := openGRPC(dir, address, db)
	if err != nil {
		return nil, err
	}

	return newNode(onet, db, environment, options)
}

func openDatabase(dir string) (kv.DB, error) {
	db, err := kv.New(filepath.Join(dir, "dela.db"))
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}

	return db, nil
}

func newNode(onet mino.Mino, db kv.DB, environment string, options Options) (*Node, error) {
	if options.Signer == nil {
		options.Signer = bls.NewSigner()
	}

	n := &Node{
		Mino:   onet,
		Env:    delavm.NewEnvironment(environment, options.Environment),
		Access: darc.NewService(json.NewContext()),
		cosi:   threshold.NewThreshold(onet, options.Signer),
		admins: &memoryStore{values: make(map[string][]byte)},
		db:     db,
	}

	n.cosi.SetThreshold(threshold.ByzantineThreshold)

	rosters := authority.NewFactory(onet.GetAddressFactory(), n.cosi.GetPublicKeyFactory())
	transactions := newVerifiedOnce(signed.NewTransactionFactory())
	n.execution(rosters, transactions, options)

	var err error

	n.Pool, err = poolgossip.NewPool(gossip.NewFlat(onet, transactions))
	if err != nil {
		return nil, fmt.Errorf("pool: %w", err)
	}

	return n, n.order(rosters, options)
}

// execution puts native contracts, the wasm service and validation together.
func (n *Node) execution(rosters authority.Factory, transactions txn.Factory, options Options) {
	exec := native.NewExecution()

	cosipbft.RegisterRosterContract(exec, rosters, n.Access)
	accesscontract.RegisterContract(exec, accesscontract.NewContract(n.Access, n.admins))

	if options.Native != nil {
		options.Native(exec, n.Access)
	}

	n.Wasm = wasm.NewService(exec, n.Access, n.Env, options.Wasm)

	inner := simple.NewService(n.Wasm, transactions)

	n.Validation = wasm.NewValidation(inner, n.Wasm)
	if options.Simple {
		n.Validation = inner
	}
}

// order starts the ordering service.
func (n *Node) order(rosters authority.Factory, options Options) error {
	tree := binprefix.NewMerkleTree(n.db, binprefix.Nonce{})

	err := tree.Load()
	if err != nil {
		return fmt.Errorf("tree: %w", err)
	}

	genesis := blockstore.NewGenesisDiskStore(n.db, types.NewGenesisFactory(rosters))

	err = genesis.Load()
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}

	blocks := blockstore.NewDiskStore(n.db, types.NewLinkFactory(
		types.NewBlockFactory(n.Validation.GetFactory()),
		n.cosi.GetSignatureFactory(),
		authority.NewChangeSetFactory(n.Mino.GetAddressFactory(), n.cosi.GetPublicKeyFactory()),
	))

	err = blocks.Load()
	if err != nil {
		return fmt.Errorf("blocks: %w", err)
	}

	n.Blocks = blocks

	if blocks.Len() > 0 {
		n.Pool = &hesitantPool{Pool: n.Pool, blocks: blocks}
	}

	fetcher := &fetcher{blocks: blocks}
	fetcher.ctx, n.cancel = context.WithCancel(context.Background())

	n.Ordering, err = cosipbft.NewServiceStruct(cosipbft.ServiceParam{
		Mino:       fetchingMino{n.Mino, fetcher},
		Cosi:       fetchingCosi{n.cosi, fetcher},
		Validation: n.Validation,
		Access:     n.Access,
		Pool:       n.Pool,
		Tree:       tree,
		DB:         n.db,
	}, cosipbft.WithGenesisStore(genesis), cosipbft.WithBlockStore(blocks))
	if err != nil {
		return fmt.Errorf("ordering: %w", err)
	}

	round, failed, transaction := options.Round, options.Failed, options.Transaction
	if round == 0 {
		round, failed, transaction = cosipbft.DefaultRoundTimeout, cosipbft.DefaultFailedRoundTimeout,
			cosipbft.DefaultTransactionTimeout
	}

	n.Ordering.SetTimeouts(round, failed, transaction)
	cosipbft.NewServiceStart(n.Ordering)

	return nil
}

// PublicKey is the node's own.
func (n *Node) PublicKey() crypto.PublicKey {
	return n.cosi.GetSigner().GetPublicKey()
}

// Admit lets an identity use the access contract, on this node: as Dela has it,
// each node is told by its operator.
func (n *Node) Admit(identity access.Identity) error {
	return n.Access.Grant(n.admins, accesscontract.NewCreds(), identity)
}

// Root is the root of the state as this node has it, and the number of blocks.
// A node that has none yet has no root.
func (n *Node) Root() (types.Digest, uint64, error) {
	count := n.Blocks.Len()
	if count == 0 {
		return types.Digest{}, 0, nil
	}

	link, err := n.Blocks.GetByIndex(count - 1)
	if err != nil {
		return types.Digest{}, 0, err
	}

	return link.GetBlock().GetTreeRoot(), count, nil
}

// Stored reads a contract's key from the state as this node has it.
func (n *Node) Stored(contract string, key []byte) (value []byte, err error) {
	err = steadily(func() (err error) {
		value, err = wasm.GetStored(n.Ordering.GetStore(), contract, key)

		return err
	})

	return value, err
}

// Close stops the node.
func (n *Node) Close() error {
	n.cancel()
	n.Wasm.Close()

	return errors.Join(n.Ordering.Close(), n.db.Close())
}

// Member is a node as a roster has it.
type Member struct {
	Address mino.Address
	Key     crypto.PublicKey
}

// Member is this node.
func (n *Node) Member() Member {
	return Member{n.Mino.GetAddress(), n.PublicKey()}
}

// NewRoster makes a roster of these members, in this order; the first leads.
func NewRoster(members ...Member) authority.Authority {
	addresses := make([]mino.Address, len(members))
	keys := make([]crypto.PublicKey, len(members))

	for i, member := range members {
		addresses[i], keys[i] = member.Address, member.Key
	}

	return authority.New(addresses, keys)
}

// Roster of nodes, in this order.
func Roster(nodes ...*Node) authority.Authority {
	members := make([]Member, len(nodes))
	for i, node := range nodes {
		members[i] = node.Member()
	}

	return NewRoster(members...)
}

// Begin makes a chain of nodes.
func Begin(ctx context.Context, nodes ...*Node) error {
	return nodes[0].Ordering.Setup(ctx, Roster(nodes...))
}

// memoryStore holds what the access contract reads beside the chain.
//
// - implements store.Snapshot
type memoryStore struct {
	sync.Mutex
	values map[string][]byte
}

// Get implements store.Readable.
func (m *memoryStore) Get(key []byte) ([]byte, error) {
	m.Lock()
	defer m.Unlock()

	return m.values[string(key)], nil
}

// Set implements store.Writable.
func (m *memoryStore) Set(key, value []byte) error {
	m.Lock()
	defer m.Unlock()

	m.values[string(key)] = value

	return nil
}

// Delete implements store.Writable.
func (m *memoryStore) Delete(key []byte) error {
	m.Lock()
	defer m.Unlock()

	delete(m.values, string(key))

	return nil
}
