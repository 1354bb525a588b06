module delavm/world

go 1.24
