package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	request, err := http.NewRequest("GET", "{{ base_url }}/users/totals", nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("API_KEY"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var totals struct{ Total int }
	if err := json.NewDecoder(answer.Body).Decode(&totals); err != nil {
		log.Fatal(err)
	}
	fmt.Println(totals.Total)
}
