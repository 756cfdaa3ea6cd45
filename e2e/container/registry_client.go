//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// registryAnswer is how long a registry may take until it begins to answer.
const registryAnswer = 60 * time.Second

// manifestTypes are asked for by every request for a manifest.
var manifestTypes = strings.Join([]string{mediaDockerManifest, mediaDockerList, mediaManifest, mediaIndex, "*/*"}, ", ")

// registryClient speaks the distribution protocol with one registry about one repository, and fails with the texts of the
// runtime's own client (containerization, RegistryClient). It does not retry, as that one does three times after a second.
type registryClient struct {
	// shown is the address in messages; endpoints are what is really dialled, in order: the engine's mirrors of Docker Hub
	// if it has any, else the registry. The runtime knows no mirrors, so they never show.
	shown     string
	host      string // with port
	path      string // repository
	endpoints []string
	login     *registryLogin
	token     string
	http      *http.Client
}

// newRegistryClient makes a client for the repository of a normalised reference.
func (c *call) newRegistryClient(ref imageReference, scheme string) (*registryClient, error) {
	if ref.domain == "" {
		return nil, fail(codeInvalidArgument, "could not extract host from reference %s", ref)
	}
	client := newPlainRegistryClient(c.engineNamespace(), scheme, ref.server())
	client.path = ref.path
	if ref.domain == dockerHub || ref.domain == dockerHubServer {
		mirrors, err := c.engineMirrors()
		if err != nil {
			return nil, err
		}
		if len(mirrors) > 0 {
			client.endpoints = mirrors
		}
	}
	var err error
	client.login, err = c.findLogin(client.host)
	return client, err
}

// newPlainRegistryClient makes a client for a host, without credentials and mirrors. A registry on loopback is the one of
// the engine's network namespace.
func newPlainRegistryClient(namespace, scheme, host string) *registryClient {
	shown := scheme + "://" + host
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: registryAnswer}
	var dialer net.Dialer
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if ap, err := netip.ParseAddrPort(address); err == nil && ap.Addr().IsLoopback() {
			return dialFrom(namespace, network, address)
		}
		return dialer.DialContext(ctx, network, address)
	}
	return &registryClient{shown: shown, host: host, endpoints: []string{shown}, http: &http.Client{Transport: transport}}
}

// engineMirrors are the addresses that the engine uses in place of Docker Hub.
func (c *call) engineMirrors() ([]string, error) {
	docker, err := c.engine()
	if err != nil {
		return nil, err
	}
	info, err := docker.Info(c.ctx)
	if err != nil {
		return nil, fmt.Errorf("ask engine: %w", c.engineError(err))
	}
	if info.RegistryConfig == nil {
		return nil, nil
	}
	var mirrors []string
	for _, mirror := range info.RegistryConfig.Mirrors {
		mirrors = append(mirrors, strings.TrimSuffix(mirror, "/"))
	}
	return mirrors, nil
}

// send makes a request and hands over the answer whatever its status, after it has answered a challenge for a token.
func (r *registryClient) send(ctx context.Context, method, path, accept string) (*http.Response, error) {
	var response *http.Response
	var err error
	for _, endpoint := range r.endpoints {
		response, err = r.sendTo(ctx, endpoint, method, path, accept)
		if err == nil {
			return response, nil
		}
	}
	return nil, err
}

func (r *registryClient) sendTo(ctx context.Context, endpoint, method, path, accept string) (*http.Response, error) {
	for {
		request, err := http.NewRequestWithContext(ctx, method, endpoint+path, nil)
		if err != nil {
			return nil, fail(codeInvalidArgument, "cannot convert %s to URL", endpoint+path)
		}
		if accept != "" {
			request.Header.Set("Accept", accept)
		}
		r.authorise(request)
		response, err := r.http.Do(request)
		if err != nil {
			return nil, r.connectionError(err)
		}
		refused := response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden
		if !refused || r.token != "" {
			return response, nil
		}
		challenge := response.Header.Values("WWW-Authenticate")
		drain(response)
		if err := r.answer(ctx, path, response.StatusCode, challenge); err != nil {
			return nil, err
		}
	}
}

// answer gets a token for a challenge. Without a Bearer challenge there is nothing more to try.
func (r *registryClient) answer(ctx context.Context, path string, status int, challenges []string) error {
	realm, service, scope, problem := parseChallenge(challenges)
	if problem != nil {
		return r.statusError(path, status, problem.Error())
	}
	address, err := url.Parse(realm)
	if err != nil {
		return fail(codeInvalidArgument, "cannot create URL from %s", realm)
	}
	query := url.Values{"client_id": {"containerization-registry-client"}, "service": {service}}
	if scope != "" {
		query.Set("scope", scope)
	}
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return fail(codeInvalidArgument, "cannot create URL from %s", realm)
	}
	if r.login != nil {
		request.SetBasicAuth(r.login.Username, r.login.Password)
	}
	response, err := r.http.Do(request)
	if err != nil {
		return r.connectionError(err)
	}
	defer drain(response)
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return r.statusError(path, status, "access denied or wrong credentials")
	default:
		return &statusError{url: address.String(), status: response.StatusCode, reason: "Unknown", host: r.host, anonymous: r.login == nil}
	}
	var answer struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&answer); err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	if r.token = answer.Token; r.token == "" {
		r.token = answer.AccessToken
	}
	if r.token == "" {
		return fail(codeInternalError, "failed to fetch Bearer token")
	}
	return nil
}

var challengeField = regexp.MustCompile(`(\w+)="([^"]+)"`)

func parseChallenge(challenges []string) (realm, service, scope string, problem error) {
	const header = "WWW-Authenticate"
	for _, text := range challenges {
		kind, rest, found := strings.Cut(strings.TrimSpace(text), " ")
		if !found || kind != "Bearer" {
			continue
		}
		fields := map[string]string{}
		for _, m := range challengeField.FindAllStringSubmatch(rest, -1) {
			fields[m[1]] = m[2]
		}
		for _, needed := range []string{"realm", "service"} {
			if fields[needed] == "" {
				return "", "", "", fail(codeInvalidArgument, "cannot parse %s from %s header", needed, header)
			}
		}
		return fields["realm"], fields["service"], fields["scope"], nil
	}
	return "", "", "", fail(codeInvalidArgument, "missing Bearer challenge in %s header", header)
}

// resolve asks for the descriptor of a tag or a digest.
func (r *registryClient) resolve(ctx context.Context, identifier string) (layoutDescriptor, error) {
	path := "/v2/" + r.path + "/manifests/" + identifier
	response, err := r.send(ctx, http.MethodHead, path, manifestTypes)
	if err != nil {
		return layoutDescriptor{}, err
	}
	defer drain(response)
	if response.StatusCode != http.StatusOK {
		return layoutDescriptor{}, r.statusError(path, r.hubStatus(ctx, response.StatusCode), "Unknown")
	}
	found := layoutDescriptor{
		MediaType: response.Header.Get("Content-Type"), Digest: response.Header.Get("Docker-Content-Digest"),
	}
	for name, value := range map[string]string{"Docker-Content-Digest": found.Digest, "Content-Type": found.MediaType} {
		if value == "" {
			return layoutDescriptor{}, fail(codeInvalidArgument, "missing required header %s", name)
		}
	}
	if found.Size, err = strconv.ParseInt(response.Header.Get("Content-Length"), 10, 64); err != nil {
		return layoutDescriptor{}, fail(codeInvalidArgument, "missing required header Content-Length")
	}
	return found, nil
}

// hubStatus is what Docker Hub says where its mirror says 404: 401 when the whole repository is missing.
func (r *registryClient) hubStatus(ctx context.Context, status int) int {
	if status != http.StatusNotFound || r.host != dockerHubServer || r.endpoints[0] == r.shown {
		return status
	}
	response, err := r.send(ctx, http.MethodGet, "/v2/"+r.path+"/tags/list", "")
	if err != nil {
		return status
	}
	defer drain(response)
	if response.StatusCode == http.StatusNotFound {
		return http.StatusUnauthorized
	}
	return status
}

// open begins to read a manifest or a blob.
func (r *registryClient) open(ctx context.Context, d layoutDescriptor) (io.ReadCloser, error) {
	path, accept := "/v2/"+r.path+"/blobs/"+d.Digest, d.MediaType
	if d.isIndex() || d.isManifest() {
		path = "/v2/" + r.path + "/manifests/" + d.Digest
	}
	response, err := r.send(ctx, http.MethodGet, path, accept)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		defer drain(response)
		return nil, r.statusError(path, response.StatusCode, errorBody(response.Body))
	}
	return response.Body, nil
}

// fetch brings a blob into the content store, unless it is there.
func (r *registryClient) fetch(ctx context.Context, d layoutDescriptor, into content) error {
	if into.has(d.Digest) {
		return nil
	}
	body, err := r.open(ctx, d)
	if err != nil {
		return err
	}
	defer body.Close()
	return into.receive(d.Digest, body)
}

// ping checks the address and the credentials.
func (r *registryClient) ping(ctx context.Context) error {
	response, err := r.send(ctx, http.MethodGet, "/v2/", "")
	if err != nil {
		return err
	}
	defer drain(response)
	if response.StatusCode != http.StatusOK {
		return r.statusError("/v2/", response.StatusCode, errorBody(response.Body))
	}
	return nil
}
