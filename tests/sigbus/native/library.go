// Reads memory in Go code, and keeps Go's garbage collector busy.
package main

import "C"

import (
	"runtime"
	"unsafe"
)

//export Load
func Load(address unsafe.Pointer) C.int { return C.int(*(*byte)(address)) }

//export Work
func Work(count C.int) C.int {
	done := make(chan int)
	for i := 0; i < int(count); i++ {
		go func(i int) { runtime.GC(); done <- i }(i)
	}
	sum := 0
	for i := 0; i < int(count); i++ {
		sum += <-done
	}
	return C.int(sum)
}

func main() {}
