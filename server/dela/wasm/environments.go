package wasm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"delavm/server/dela/delavm"
)

// probeTimeout bounds the question what an environment is set to, when there are
// others to ask.
const probeTimeout = time.Second

// environment is one that this node has, and what it is set to as far as is
// known.
type environment struct {
	*delavm.Environment

	lock       sync.Mutex
	generation uint64
	settings   *ChainSettings
}

// known returns what the environment is set to, nil if it may have been replaced
// since it was asked.
func (e *environment) known() *ChainSettings {
	e.lock.Lock()
	defer e.lock.Unlock()

	if e.generation != e.Generation() {
		return nil
	}

	return e.settings
}

func (e *environment) forget() {
	e.lock.Lock()
	e.settings = nil
	e.lock.Unlock()
}

// ask asks what the environment is set to, unless it is known; once, or until it
// answers.
func (e *environment) ask(ctx context.Context, once bool) (*ChainSettings, error) {
	known := e.known()
	if known != nil {
		return known, nil
	}

	var settings *ChainSettings

	ask := func(ctx context.Context, client *delavm.Client) error {
		generation := e.Generation()

		info, err := client.Info(ctx)
		if err != nil {
			return err
		}

		settings = settingsOf(info)

		e.lock.Lock()
		e.settings, e.generation = settings, generation
		e.lock.Unlock()

		return nil
	}

	if !once {
		return settings, e.Do(ctx, ask)
	}

	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()

	return settings, ask(ctx, e.Client)
}

// ready is an environment that is known to have these settings, or nil.
func (s *Service) ready(settings *ChainSettings) *environment {
	for _, env := range s.environments {
		mine := env.known()
		if mine != nil && settings.differs(mine) == "" {
			return env
		}
	}

	return nil
}

// matching finds the environment that has these settings, and waits for one that
// is away. If all are there and none has them, the node halts.
func (s *Service) matching(ctx context.Context, settings *ChainSettings) (*environment, error) {
	env := s.ready(settings)
	if env != nil {
		return env, nil
	}

	// One may have been replaced since it was asked.
	for _, env := range s.environments {
		env.forget()
	}

	away := s.environments[:1:1]

	if len(s.environments) > 1 {
		away = nil

		for _, env := range s.environments {
			mine, err := env.ask(ctx, true)
			if err == nil && settings.differs(mine) == "" {
				return env, nil
			}

			if err != nil {
				away = append(away, env)
			}
		}
	}

	for _, env := range away {
		mine, err := env.ask(ctx, false)
		if err != nil {
			return nil, err
		}

		if settings.differs(mine) == "" {
			return env, nil
		}
	}

	mine, err := s.environments[0].ask(ctx, false)
	if err != nil {
		return nil, err
	}

	err = s.compare(settings, mine)
	if err == nil {
		err = errors.New("the environment was replaced just now")
	}

	return nil, err
}

// compare halts the node if its environment is not what the chain demands.
func (s *Service) compare(chain, mine *ChainSettings) error {
	words := chain.differs(mine)
	if words == "" {
		return nil
	}

	for _, env := range s.environments {
		env.forget()
	}

	err := fmt.Errorf("this node's environment is not the one the chain demands: %s", words)
	s.halt(err)

	return err
}

// Settings is what the environment is set to, for SettingsArg.
func (s *Service) Settings(ctx context.Context) ([]byte, error) {
	settings, err := s.environments[0].ask(ctx, false)
	if err != nil {
		return nil, err
	}

	return json.Marshal(settings)
}

// SettingsOf is what a server is set to, for ChangeSettings. It is asked once.
func SettingsOf(ctx context.Context, client *delavm.Client) ([]byte, error) {
	info, err := client.Info(ctx)
	if err != nil {
		return nil, err
	}

	return json.Marshal(settingsOf(info))
}
