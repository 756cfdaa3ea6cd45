//go:build linux

package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
)

// authorise adds what the client has to show. The first request of a push is small and settles the challenge.
func (r *registryClient) authorise(request *http.Request) {
	switch {
	case r.token != "":
		request.Header.Set("Authorization", "Bearer "+r.token)
	case r.login != nil:
		request.SetBasicAuth(r.login.Username, r.login.Password)
	}
}

// hasBlob asks whether the registry has a blob already.
func (r *registryClient) hasBlob(ctx context.Context, digest string) (bool, error) {
	response, err := r.send(ctx, http.MethodHead, "/v2/"+r.path+"/blobs/"+digest, "")
	if err != nil {
		return false, err
	}
	drain(response)
	return response.StatusCode == http.StatusOK, nil
}

// pushBlob uploads one blob in one piece.
func (r *registryClient) pushBlob(ctx context.Context, d layoutDescriptor, body io.Reader) error {
	path := "/v2/" + r.path + "/blobs/uploads/"
	response, err := r.send(ctx, http.MethodPost, path, "")
	if err != nil {
		return err
	}
	defer drain(response)
	if response.StatusCode != http.StatusAccepted {
		return r.statusError(path, response.StatusCode, errorBody(response.Body))
	}
	location, err := response.Location()
	if err != nil {
		return fail(codeInvalidArgument, "missing required header Location")
	}
	query := location.Query()
	query.Set("digest", d.Digest)
	location.RawQuery = query.Encode()
	// Closing stays with the caller: the HTTP client would close what it can.
	return r.put(ctx, location, d.Size, "application/octet-stream", struct{ io.Reader }{body})
}

// pushManifest uploads a manifest or an index under its digest or a tag.
func (r *registryClient) pushManifest(ctx context.Context, mediaType, identifier string, data []byte) error {
	to, err := url.Parse(r.endpoints[0] + "/v2/" + r.path + "/manifests/" + identifier)
	if err != nil {
		return fail(codeInvalidArgument, "cannot convert %s to URL", identifier)
	}
	return r.put(ctx, to, int64(len(data)), mediaType, bytes.NewReader(data))
}

func (r *registryClient) put(ctx context.Context, to *url.URL, size int64, mediaType string, body io.Reader) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, to.String(), body)
	if err != nil {
		return fail(codeInvalidArgument, "cannot convert %s to URL", to)
	}
	request.ContentLength = size
	request.Header.Set("Content-Type", mediaType)
	r.authorise(request)
	response, err := r.http.Do(request)
	if err != nil {
		return r.connectionError(err)
	}
	defer drain(response)
	if response.StatusCode != http.StatusCreated {
		return r.statusError(to.Path, response.StatusCode, errorBody(response.Body))
	}
	return nil
}
