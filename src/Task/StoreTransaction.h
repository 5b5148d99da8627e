#ifndef TaskDaemon_Task_StoreTransaction_INCLUDED
#define TaskDaemon_Task_StoreTransaction_INCLUDED


#include "TaskDaemon/Task/TaskStore.h"


namespace TaskDaemon {


class StoreTransaction
/// Begins a transaction of the store and rolls it back unless commit() has returned. Not thread-safe; errors: the store's.
{
public:
	explicit StoreTransaction(TaskStore& store): _store(store)
	{
		_store.begin();
	}

	StoreTransaction(const StoreTransaction&) = delete;
	StoreTransaction& operator=(const StoreTransaction&) = delete;

	~StoreTransaction()
	{
		if (!_committed) _store.rollback();
	}

	void commit()
	{
		_store.commit();
		_committed = true;
	}

private:
	TaskStore& _store;
	bool _committed = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_StoreTransaction_INCLUDED
