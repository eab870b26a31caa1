// Checks notes, proofs and tiles with golang.org/x/mod/sumdb, an implementation by others. It reads a JSON array of
// checks from standard input and writes the array of their outcomes to standard output.
package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// What is to be done, and with what; each kind takes some of it. Bytes are in base64.
type check struct {
	Kind     string
	Key      string
	Note     string
	Text     string
	Entry    []byte
	Index    int64
	Size     int64
	Root     []byte
	FromSize int64
	FromRoot []byte
	Proof    [][]byte
	Tiles    map[string][]byte
}

// What came of it: a refusal, or an empty one and what was asked for.
type outcome struct {
	Refusal string   `json:"refusal"`
	Text    string   `json:"text,omitempty"`
	Key     string   `json:"key,omitempty"`
	Size    int64    `json:"size,omitempty"`
	Root    string   `json:"root,omitempty"`
	Proof   []string `json:"proof,omitempty"`
}

func main() {
	var checks []check
	if err := json.NewDecoder(os.Stdin).Decode(&checks); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	outcomes := make([]outcome, len(checks))
	for at, todo := range checks {
		result, err := carryOut(todo)
		if err != nil {
			result = outcome{Refusal: err.Error()}
		}
		outcomes[at] = result
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func carryOut(todo check) (outcome, error) {
	switch todo.Kind {
	case "open":
		return open(todo)
	case "open-note":
		return openNote(todo)
	case "sign":
		return sign(todo)
	case "inclusion":
		proof := hashes(todo.Proof)
		return outcome{}, tlog.CheckRecord(proof, todo.Size, hash(todo.Root), todo.Index, tlog.RecordHash(todo.Entry))
	case "consistency":
		proof := hashes(todo.Proof)
		return outcome{}, tlog.CheckTree(proof, todo.Size, hash(todo.Root), todo.FromSize, hash(todo.FromRoot))
	case "tiles":
		return proveFromTiles(todo)
	}
	return outcome{}, errors.New("no such kind of check: " + todo.Kind)
}

// Opens a note, whatever its text.
func openNote(todo check) (outcome, error) {
	verifier, err := note.NewVerifier(todo.Key)
	if err != nil {
		return outcome{}, err
	}
	opened, err := note.Open([]byte(todo.Note), note.VerifierList(verifier))
	if err != nil {
		return outcome{}, err
	}
	return outcome{Text: opened.Text}, nil
}

// Opens a note, whose text must be a checkpoint of Go's own log.
func open(todo check) (outcome, error) {
	opened, err := openNote(todo)
	if err != nil {
		return outcome{}, err
	}
	tree, err := tlog.ParseTree([]byte(opened.Text))
	return outcome{Text: opened.Text, Size: tree.N, Root: tree.Hash.String()}, err
}

// Signs a text with a new key.
func sign(todo check) (outcome, error) {
	private, public, err := note.GenerateKey(rand.Reader, "go.example")
	if err != nil {
		return outcome{}, err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return outcome{}, err
	}
	signed, err := note.Sign(&note.Note{Text: todo.Text}, signer)
	return outcome{Text: string(signed), Key: public}, err
}

// Proves from tiles, which it checks against the root, that a leaf is in the tree.
func proveFromTiles(todo check) (outcome, error) {
	tree := tlog.Tree{N: todo.Size, Hash: hash(todo.Root)}
	proof, err := tlog.ProveRecord(todo.Size, todo.Index, tlog.TileHashReader(tree, reader(todo.Tiles)))
	if err != nil {
		return outcome{}, err
	}
	result := outcome{}
	for _, each := range proof {
		result.Proof = append(result.Proof, base64.StdEncoding.EncodeToString(each[:]))
	}
	return result, nil
}

// Tiles by their path in C2SP tlog-tiles, which does not name the height.
type reader map[string][]byte

func (reader) Height() int { return 8 }

func (tiles reader) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, found := tiles[path]
		if !found {
			return nil, errors.New("there is no " + path)
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (reader) SaveTiles([]tlog.Tile, [][]byte) {}

func hashes(all [][]byte) []tlog.Hash {
	var converted []tlog.Hash
	for _, each := range all {
		converted = append(converted, hash(each))
	}
	return converted
}

func hash(bytes []byte) tlog.Hash {
	var converted tlog.Hash
	if len(bytes) == len(converted) {
		copy(converted[:], bytes)
	}
	return converted
}
