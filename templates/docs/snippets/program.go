package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
)

func read(answer *http.Response, err error, into any) {
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		log.Fatal(err)
	}
}

func main() {
	answer, err := http.PostForm("{{ base_url }}/oauth/token", url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {os.Getenv("CLIENT_ID")},
		"client_secret": {os.Getenv("CLIENT_SECRET")},
	})
	var token struct {
		Access string `json:"access_token"`
	}
	read(answer, err, &token)

	request, err := http.NewRequest("GET", "{{ base_url }}/users?status=active&page_size=5", nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token.Access)
	var users []struct{ Identifier, Email string }
	answer, err = http.DefaultClient.Do(request)
	read(answer, err, &users)
	for _, user := range users {
		fmt.Println(user.Identifier, user.Email)
	}
}
