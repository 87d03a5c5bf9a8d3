package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	request, err := http.NewRequest("GET", "{{ base_url }}/users?status=active&page_size=5", nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("ACCESS_TOKEN"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var users []struct{ Identifier, Email string }
	if err := json.NewDecoder(answer.Body).Decode(&users); err != nil {
		log.Fatal(err)
	}
	for _, user := range users {
		fmt.Println(user.Identifier, user.Email)
	}
}
