package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const jobs = "{{ base_url }}/api/v2/jobs"

type job struct{ ID, Status, Location string }

func ask(method, address, body string) job {
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("ACCESS_TOKEN"))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var found job
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		log.Fatal(err)
	}
	return found
}

func main() {
	export := ask("POST", jobs+"/users-exports", `{"format": "csv"}`)
	for export.Status == "pending" || export.Status == "processing" {
		time.Sleep(time.Second)
		export = ask("GET", jobs+"/"+export.ID, "")
	}
	answer, err := http.Get(export.Location)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	file, err := gzip.NewReader(answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(os.Stdout, file); err != nil {
		log.Fatal(err)
	}
}
