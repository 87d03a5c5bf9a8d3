package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const jobs = "{{ base_url }}/api/v2/jobs"

type Job struct {
	ID       string `json:"id"`
	Status   string `json:"status"`
	Location string `json:"location"`
}

func call(method, address, body string) (job Job) {
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("ACCESS_TOKEN"))
	request.Header.Set("Content-Type", "application/json")

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		log.Fatal(response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&job); err != nil {
		log.Fatal(err)
	}
	return job
}

func main() {
	job := call("POST", jobs+"/users-exports", `{"format": "csv"}`)
	for job.Status != "completed" && job.Status != "failed" {
		time.Sleep(time.Second)
		job = call("GET", jobs+"/"+job.ID, "")
	}
	fmt.Println(job.Status)

	response, err := http.Get(job.Location)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	file, err := os.Create("users.csv.gz")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, response.Body); err != nil {
		log.Fatal(err)
	}
}
