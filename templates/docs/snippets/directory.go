package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

type User struct {
	Identifier string `json:"identifier"`
	Email      string `json:"email"`
}

func main() {
	request, err := http.NewRequest("GET", "{{ base_url }}/users?status=active&page_size=5", nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("ACCESS_TOKEN"))

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		log.Fatal(response.Status)
	}

	var users []User
	if err := json.NewDecoder(response.Body).Decode(&users); err != nil {
		log.Fatal(err)
	}
	for _, user := range users {
		fmt.Println(user.Identifier, user.Email)
	}
	fmt.Println("of", response.Header.Get("X-Total-Count"), "in all")
}
